"""The desktop: a page on this computer that guides a visit, shows it live and keeps the course.

`server` puts it together, `guard` lets only this computer in, `desk` holds what is open;
`visit_run` and `recording` are the visit in progress, `live_feed` brings angles to the pages.
"""
