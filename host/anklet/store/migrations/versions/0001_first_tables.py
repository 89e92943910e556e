"""The first tables: people to results, recordings bit for bit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    seconds: sa.Double[float] = sa.Double()
    op.create_table(
        "files",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_files")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("involved", sa.String(5), nullable=True),
        sa.Column("injured_on", sa.Date(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("involved IN ('left', 'right')", name=op.f("ck_people_involved")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("code", name=op.f("uq_people_code")),
    )
    op.create_table(
        "sensors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("imu", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sensors")),
        sa.UniqueConstraint("uid", name=op.f("uq_sensors_uid")),
    )
    op.create_table(
        "clock_echoes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.BigInteger(), nullable=False),
        sa.Column("host_sent_us", sa.BigInteger(), nullable=False),
        sa.Column("sensor_us", sa.BigInteger(), nullable=False),
        sa.Column("host_received_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensors.id"], name=op.f("fk_clock_echoes_sensor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_echoes")),
    )
    op.create_index(
        op.f("ix_clock_echoes_sensor_id_stream_host_sent_us"),
        "clock_echoes",
        ["sensor_id", "stream", "host_sent_us"],
    )
    op.create_table(
        "packets",
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensors.id"], name=op.f("fk_packets_sensor_id")),
        sa.PrimaryKeyConstraint("sensor_id", "stream", "seq", name=op.f("pk_packets")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "packets_set_aside",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensors.id"], name=op.f("fk_packets_set_aside_sensor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packets_set_aside")),
        sa.UniqueConstraint(
            "sensor_id", "sha256", name=op.f("uq_packets_set_aside_sensor_id_sha256")
        ),
    )
    op.create_table(
        "visits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_visits_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index(op.f("ix_visits_person_id_at"), "visits", ["person_id", "at"])
    op.create_table(
        "assessments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(7), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("key", sa.JSON(), nullable=False),
        sa.Column("key_text", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('static', 'passive', 'active')", name=op.f("ck_assessments_kind")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_assessments_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
    )
    op.create_index(op.f("ix_assessments_visit_id"), "assessments", ["visit_id"])
    op.create_table(
        "calibrations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(5), nullable=False),
        sa.Column("segment", sa.String(5), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("segment IN ('shank', 'foot')", name=op.f("ck_calibrations_segment")),
        sa.CheckConstraint("side IN ('left', 'right')", name=op.f("ck_calibrations_side")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_calibrations_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibrations")),
    )
    op.create_index(op.f("ix_calibrations_visit_id"), "calibrations", ["visit_id"])
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("side", sa.String(5), nullable=True),
        sa.Column("t_s", seconds, nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('marker', 'pain', 'tag', 'overrule')", name=op.f("ck_events_kind")
        ),
        sa.CheckConstraint("side IN ('left', 'right')", name=op.f("ck_events_side")),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessments.id"], name=op.f("fk_events_assessment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_assessment_id_t_s"), "events", ["assessment_id", "t_s"])
    op.create_table(
        "recordings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(5), nullable=False),
        sa.Column("segment", sa.String(5), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=True),
        sa.Column("stream", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("column_map", sa.JSON(), nullable=True),
        sa.CheckConstraint("segment IN ('shank', 'foot')", name=op.f("ck_recordings_segment")),
        sa.CheckConstraint("side IN ('left', 'right')", name=op.f("ck_recordings_side")),
        sa.CheckConstraint(
            "(sensor_id IS NULL) = (stream IS NULL) AND (sensor_id IS NULL) <> (sha256 IS NULL)",
            name=op.f("ck_recordings_source"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessments.id"], name=op.f("fk_recordings_assessment_id")
        ),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensors.id"], name=op.f("fk_recordings_sensor_id")
        ),
        sa.ForeignKeyConstraint(["sha256"], ["files.sha256"], name=op.f("fk_recordings_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint(
            "assessment_id",
            "side",
            "segment",
            "sensor_id",
            "stream",
            name=op.f("uq_recordings_assessment_id_side_segment_sensor_id_stream"),
        ),
        sa.UniqueConstraint(
            "assessment_id",
            "side",
            "segment",
            "sha256",
            name=op.f("uq_recordings_assessment_id_side_segment_sha256"),
        ),
    )
    op.create_table(
        "results",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("analysis", sa.JSON(), nullable=False),
        sa.Column("input_digest", sa.String(64), nullable=False),
        sa.Column("algorithm", sa.Integer(), nullable=False),
        sa.Column("software", sa.Text(), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("norms", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("calibration", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessments.id"], name=op.f("fk_results_assessment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results")),
    )
    op.create_index(op.f("ix_results_assessment_id_id"), "results", ["assessment_id", "id"])
