"""Migrations: the core's fit its models, a plugin's broken one costs only the plugin, purging leaves nothing."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import MetaData, inspect, text

from entrepot.engine import uninstall
from entrepot.engine.health import health
from entrepot.engine.plugin_migrations import revisions, upgrade_plugins
from entrepot.engine.runtime import build_runtime
from entrepot.sdk import EntrepotError
from entrepot.storage import migrate
from entrepot.storage.session import db, init_storage, unit_of_work

REVIEWS = """
    manifest = PluginManifest(
        id="feature-reviews",
        name="Reviews",
        migrations="migrations",
        tables=("feature_reviews_review", "feature_reviews_vote"),
    )

    class Reviews(Notifier):
        id = "reviews"
        label = "Reviews"

    @hookimpl
    def entrepot_register_notifiers():
        return [Reviews]
"""
FIRST = """
import sqlalchemy as sa
from alembic import op

revision = "first"
down_revision = None


def upgrade():
    op.create_table("feature_reviews_review", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))
    op.create_table(
        "feature_reviews_vote",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("review_id", sa.Integer, sa.ForeignKey("feature_reviews_review.id"), nullable=False),
    )


def downgrade():
    op.drop_table("feature_reviews_vote")
    op.drop_table("feature_reviews_review")
"""
BROKEN = """
import sqlalchemy as sa
from alembic import op

revision = "second"
down_revision = "first"


def upgrade():
    op.create_table("feature_reviews_half", sa.Column("id", sa.Integer, primary_key=True))
    {body}


def downgrade():
    op.drop_table("feature_reviews_half")
"""
WIDER = """
import sqlalchemy as sa
from alembic import op

revision = "second"
down_revision = "first"


def upgrade():
    with op.batch_alter_table("feature_reviews_review") as table:
        table.alter_column("text", type_=sa.String(9), nullable=False)


def downgrade():
    with op.batch_alter_table("feature_reviews_review") as table:
        table.alter_column("text", type_=sa.Text, nullable=True)
"""


@pytest.fixture
def app(settings):
    app = Flask("migration-tests")
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    init_storage(app)
    with app.app_context():
        migrate.upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def reviews(plugins):
    """A plugin with tables; gives the folder for its revisions."""
    versions = plugins.install("feature-reviews", REVIEWS) / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "first.py").write_text(FIRST)
    return versions


@pytest.fixture
def upgraded(start, reviews, clock):
    """The shop after the plugin's tables were made."""
    assert upgrade_plugins(start(before_migration=True).registry, clock) == []
    return start()


def schema():
    """Everything in the database that is not rows."""
    metadata = MetaData()
    metadata.reflect(db.engine)
    return {
        name: sorted(f"{column.name} {column.type} {column.nullable} {column.primary_key}" for column in table.columns)
        + sorted(str(index.name) for index in table.indexes)
        for name, table in metadata.tables.items()
    }


def write(statement):
    with unit_of_work() as session:
        session.execute(text(statement))


def rows(table):
    with db.engine.connect() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()


pytestmark = pytest.mark.databases


def test_core_migrations_make_the_tables_of_the_models(app):
    assert migrate.current() == ("0001", "0001")
    assert migrate.differences() == []


def test_core_upgrade_can_be_repeated_and_taken_back(app):
    migrate.upgrade()
    migrate.downgrade(migrate.CORE)
    assert inspect(db.engine).get_table_names() == []


@pytest.mark.covers("G12")
def test_installing_and_purging_a_plugin_leaves_the_schema_as_it_was(app, start, reviews, clock):
    before = schema()
    upgrade_plugins(start(before_migration=True).registry, clock)
    runtime = start()
    assert revisions(runtime.registry) == {"feature-reviews": ("first", "first")}
    assert schema() != before
    runtime.accounts.create("notifier", "reviews", label="Reviews", config={})
    uninstall.purge(runtime, "feature-reviews")
    assert schema() == before
    assert runtime.accounts.list(enabled_only=False) == []


@pytest.mark.covers("G12")
def test_disabling_a_plugin_keeps_its_data(start, upgraded, clock):
    write("INSERT INTO feature_reviews_review (id, text) VALUES (1, 'good')")
    uninstall.set_enabled("feature-reviews", False, clock)
    assert list(start().registry.disabled) == ["feature-reviews"]
    uninstall.set_enabled("feature-reviews", True, clock)
    assert list(start().registry.plugins) == ["feature-reviews"]
    assert rows("feature_reviews_review") == 1


@pytest.mark.covers("G12")
def test_dry_run_counts_what_a_purge_would_remove(upgraded):
    write("INSERT INTO feature_reviews_review (id, text) VALUES (1, 'good'), (2, 'bad')")
    upgraded.accounts.create("notifier", "reviews", label="Reviews", config={})
    found = uninstall.belongings(upgraded, "feature-reviews")
    assert found.tables == {"feature_reviews_review": 2, "feature_reviews_vote": 0}
    assert found.accounts == ("Reviews",)
    assert not found.is_empty
    assert rows("feature_reviews_review") == 2


@pytest.mark.covers("G12")
def test_export_writes_every_row_and_account(upgraded, tmp_path):
    write("INSERT INTO feature_reviews_review (id, text) VALUES (1, 'gut'), (2, '好')")
    upgraded.accounts.create("notifier", "reviews", label="Reviews", config={})
    assert uninstall.export(upgraded, "feature-reviews", tmp_path / "out.jsonl") == 3
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["record"] for line in lines] == ["account", "row", "row"]
    assert lines[2] == {"record": "row", "table": "feature_reviews_review", "values": {"id": 2, "text": "好"}}


def test_purging_a_plugin_spares_another_whose_id_is_longer(app, upgraded):
    write("CREATE TABLE feature_reviews_photos_photo (id INTEGER)")
    write("CREATE TABLE alembic_version_feature_reviews_photos (version_num VARCHAR(32))")
    uninstall.purge(upgraded, "feature-reviews")
    assert "feature_reviews_photos_photo" in schema()


def test_plugin_that_cannot_be_imported_any_more_can_be_purged(app, start, plugins, upgraded):
    plugins.entry_points.clear()
    plugins.install("feature-reviews", "1 / 0")
    broken = start()
    assert "feature-reviews" in broken.registry.failed
    uninstall.purge(broken, "feature-reviews")
    assert [name for name in schema() if "reviews" in name] == []


@pytest.mark.covers("G10")
@pytest.mark.parametrize("body", ["1 / 0", "raise SystemExit", "op.drop_table('no_such_table')"])
def test_broken_migration_is_rolled_back_and_costs_only_its_plugin(start, plugins, reviews, upgraded, clock, body):
    plugins.install("payment-good", "")
    (reviews / "second.py").write_text(BROKEN.format(body=body))
    before = schema()
    migrate.upgrade()
    [failed] = upgrade_plugins(start(before_migration=True).registry, clock)
    assert failed.id == "feature-reviews"
    assert "migration" in failed.cause
    assert schema() == before
    later = start()
    assert list(later.registry.plugins) == ["payment-good"]
    [problem] = health(later).problems()
    assert (problem.subject, problem.remedy) == ("feature-reviews", "Repair it, then run: entrepot db upgrade")


def test_repaired_migration_brings_the_plugin_back(start, reviews, upgraded, clock):
    (reviews / "second.py").write_text(BROKEN.format(body="1 / 0"))
    upgrade_plugins(start(before_migration=True).registry, clock)
    (reviews / "second.py").write_text(BROKEN.format(body="pass"))
    assert upgrade_plugins(start(before_migration=True).registry, clock) == []
    assert list(start().registry.plugins) == ["feature-reviews"]


def test_plugin_whose_tables_are_missing_is_left_out_with_the_remedy(app, start, reviews):
    runtime = start()
    assert runtime.registry.plugins == {}
    assert runtime.registry.failed["feature-reviews"].remedy == "Run: entrepot db upgrade"


def test_changing_a_table_keeps_the_rows_that_refer_to_it(start, reviews, upgraded, clock):
    write("INSERT INTO feature_reviews_review (id, text) VALUES (1, 'good')")
    write("INSERT INTO feature_reviews_vote (id, review_id) VALUES (1, 1)")
    (reviews / "second.py").write_text(WIDER)
    assert upgrade_plugins(start(before_migration=True).registry, clock) == []
    assert (rows("feature_reviews_review"), rows("feature_reviews_vote")) == (1, 1)


def test_migrations_folder_that_is_missing_is_told(app, start, plugins, clock):
    plugins.install("feature-reviews", REVIEWS)
    [failed] = upgrade_plugins(start(before_migration=True).registry, clock)
    assert "no migrations folder" in failed.cause


def test_database_without_tables_starts_without_decisions(settings, plugins, clock):
    app = Flask("empty")
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    init_storage(app)
    plugins.install("feature-a", "")
    with app.app_context():
        assert list(build_runtime(settings, clock, plugins.entry_points).registry.plugins) == ["feature-a"]
        db.session.remove()
        db.engine.dispose()


def test_migration_that_leaves_dangling_rows_is_refused_on_sqlite(start, reviews, upgraded, clock, settings):
    if not settings.database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL refuses it by itself")
    write("INSERT INTO feature_reviews_review (id, text) VALUES (1, 'good')")
    write("INSERT INTO feature_reviews_vote (id, review_id) VALUES (1, 1)")
    (reviews / "second.py").write_text(BROKEN.format(body="op.execute('DELETE FROM feature_reviews_review')"))
    with pytest.raises(EntrepotError, match="feature_reviews_vote"):
        migrate.upgrade(migrate.plugin_migrations("feature-reviews", reviews.parent))
    assert rows("feature_reviews_review") == 1
