"""Results in short, made from those that are held; people who can be deleted, and brought back."""

import sqlalchemy as sa
from alembic import op

from anklet.store.summary import summary_of

revision = "0002"
down_revision = "0001"

AT_ONCE = 200
"""Analyses held in memory together, of some 20 kB each."""


def upgrade() -> None:
    op.add_column("people", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    degrees: sa.Double[float] = sa.Double()
    summaries = op.create_table(
        "summaries",
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("primary_measure", sa.String(11), nullable=True),
        sa.Column("left_minus_right_deg", degrees, nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["results.id"], name=op.f("fk_summaries_result_id")),
        sa.PrimaryKeyConstraint("result_id", name=op.f("pk_summaries")),
    )
    results = sa.table("results", sa.column("id", sa.Integer), sa.column("analysis", sa.JSON))
    last = 0
    while held := _after(results, last):
        op.bulk_insert(summaries, [_row(number, analysis) for number, analysis in held])
        last = held[-1][0]


def _after(results: sa.TableClause, last: int) -> list[tuple[int, dict[str, object]]]:
    query = sa.select(results.c.id, results.c.analysis).where(results.c.id > last)
    rows = op.get_bind().execute(query.order_by(results.c.id).limit(AT_ONCE))
    return [(number, analysis) for number, analysis in rows]


def _row(number: int, analysis: dict[str, object]) -> dict[str, object]:
    """Return a row; how it is made may change, the migration that then comes makes all anew."""
    summary = summary_of(analysis)
    return {
        "result_id": number,
        "primary_measure": summary["primary"],
        "left_minus_right_deg": summary["left_minus_right_deg"],
        "data": summary,
    }
