"""Assessments that are left out of the course, with the reason."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("assessments", sa.Column("left_out_why", sa.Text(), nullable=True))
