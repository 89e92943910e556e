"""Files in and out: sample files of any maker, angles, orientations, tables, the analysis JSON."""
