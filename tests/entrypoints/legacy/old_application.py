"""An application written against the old service: its models, a route and a scheduled task.

Nothing here knows the package but its import of the two old names and the three lines of set-up in `create_app`.
"""
from datetime import UTC, datetime

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from capacity_sync.entrypoints.flask import CapacitySync
from capacity_sync.legacy import DatabaseSizeCollectorService, collect_all_instances_database_sizes

db = SQLAlchemy()
capacity = CapacitySync()


def now():
    return datetime.now(UTC)


class Credential(db.Model):
    __tablename__ = "credentials"
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(255), nullable=False)
    scrambled = db.Column(db.String(255), nullable=False)

    def get_plain_password(self):
        return self.scrambled[::-1]


class Instance(db.Model):
    __tablename__ = "instances"
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(255), unique=True, nullable=False)
    db_type = db.Column(db.String(50), nullable=False)
    host = db.Column(db.String(255), nullable=False)
    port = db.Column(db.Integer, nullable=False)
    database_name = db.Column(db.String(255))
    main_version = db.Column(db.String(20))
    environment = db.Column(db.String(20), nullable=False, default="production")
    credential_id = db.Column(db.Integer, db.ForeignKey("credentials.id"))
    is_active = db.Column(db.Boolean, nullable=False, default=True)
    deleted_at = db.Column(db.DateTime(timezone=True))
    created_at = db.Column(db.DateTime(timezone=True), nullable=False, default=now)
    updated_at = db.Column(db.DateTime(timezone=True), nullable=False, default=now)
    credential = db.relationship(Credential)


class InstanceDatabase(db.Model):
    __tablename__ = "instance_databases"
    __table_args__ = (db.UniqueConstraint("instance_id", "database_name"),)
    id = db.Column(db.Integer, primary_key=True)
    instance_id = db.Column(db.Integer, db.ForeignKey("instances.id"), nullable=False)
    database_name = db.Column(db.String(255), nullable=False)
    is_active = db.Column(db.Boolean, nullable=False, default=True)
    first_seen_date = db.Column(db.Date, nullable=False)
    last_seen_date = db.Column(db.Date, nullable=False)
    deleted_at = db.Column(db.DateTime(timezone=True))
    created_at = db.Column(db.DateTime(timezone=True), nullable=False, default=now)
    updated_at = db.Column(db.DateTime(timezone=True), nullable=False, default=now)


class DatabaseSizeStat(db.Model):
    __tablename__ = "database_size_stats"
    __table_args__ = (db.UniqueConstraint("instance_id", "database_name", "collected_date",
                                          name="uq_daily_database_size"),)
    id = db.Column(db.Integer, primary_key=True)
    instance_id = db.Column(db.Integer, db.ForeignKey("instances.id"), nullable=False)
    database_name = db.Column(db.String(255), nullable=False)
    size_mb = db.Column(db.BigInteger, nullable=False)
    data_size_mb = db.Column(db.BigInteger)
    log_size_mb = db.Column(db.BigInteger)
    collected_date = db.Column(db.Date, nullable=False)
    collected_at = db.Column(db.DateTime(timezone=True), nullable=False)
    created_at = db.Column(db.DateTime(timezone=True), nullable=False, default=now)
    updated_at = db.Column(db.DateTime(timezone=True), nullable=False, default=now)


class InstanceSizeStat(db.Model):
    __tablename__ = "instance_size_stats"
    id = db.Column(db.Integer, primary_key=True)
    instance_id = db.Column(db.Integer, db.ForeignKey("instances.id"), nullable=False)
    total_size_mb = db.Column(db.Integer, nullable=False)
    database_count = db.Column(db.Integer, nullable=False)
    collected_date = db.Column(db.Date, nullable=False)
    collected_at = db.Column(db.DateTime(timezone=True), nullable=False)
    is_deleted = db.Column(db.Boolean, nullable=False, default=False)
    deleted_at = db.Column(db.DateTime(timezone=True))
    created_at = db.Column(db.DateTime(timezone=True), nullable=False, default=now)
    updated_at = db.Column(db.DateTime(timezone=True), nullable=False, default=now)


db.Index("uq_instance_size_stats", InstanceSizeStat.instance_id, InstanceSizeStat.collected_date, unique=True,
         sqlite_where=InstanceSizeStat.is_deleted == sa.false())


def active_instances():
    return Instance.query.filter_by(is_active=True).order_by(Instance.id).all()


def scheduled_task(app):
    """Every day at 03:00."""
    with app.app_context():
        return collect_all_instances_database_sizes()


def create_app(url, **config):
    app = Flask(__name__)
    app.config.update(SQLALCHEMY_DATABASE_URI=url, **config)
    db.init_app(app)
    app.config["CAPACITY_SYNC_STORE"] = url
    app.config["CAPACITY_SYNC_INSTANCES"] = active_instances
    capacity.init_app(app)

    @app.post("/instances/<int:instance_id>/sync-capacity")
    def sync_capacity(instance_id):
        instance = db.get_or_404(Instance, instance_id)
        with DatabaseSizeCollectorService(instance) as service:
            if not service.connect():
                return {"success": False, "message": f"{instance.name} cannot be reached"}, 502
            inventory = service.synchronize_database_inventory()
            active = inventory["active_databases"]
            if not active:
                return {"success": True, "inventory": inventory, "saved_count": 0}
            sizes = service.collect_database_sizes(active)
            saved = service.save_collected_data(sizes)
            service.update_instance_total_size()
        total = sum(row["size_mb"] for row in sizes)
        return {"success": True, "inventory": inventory, "saved_count": saved, "total_size_mb": total,
                "database_count": len(sizes)}

    @app.get("/instances/<int:instance_id>/capacity")
    def capacity_of(instance_id):
        rows = DatabaseSizeStat.query.filter_by(instance_id=instance_id).order_by(
            DatabaseSizeStat.collected_date, DatabaseSizeStat.database_name)
        return [{"database_name": row.database_name, "size_mb": row.size_mb, "log_size_mb": row.log_size_mb,
                 "collected_date": row.collected_date.isoformat()} for row in rows]

    return app
