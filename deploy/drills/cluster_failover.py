"""`make drill-cluster-failover`: kills the primary of a cluster while clients write and read.

Prints the seconds without writes, the seconds without reads, and how many acknowledged writes were lost.
"""

import os
import platform
import sys
import threading
import time

import psycopg2

from deploy.drills.cluster import running_cluster
from deploy.drills.rows import execute, fill
from deploy.drills.server import postmaster_of

WRITERS, READERS = 20, 50
CLINICS = int(os.environ.get("CLINICS", "5000"))
BEFORE_SECONDS, AFTER_SECONDS = 10, 10
MOST_SECONDS = {"reads": 2, "writes": 30}
NEAREST = "SELECT id FROM clinics_clinic ORDER BY position <-> cube(array[0.21, -0.72, 0.65]) LIMIT 20"


class Client(threading.Thread):
    """Repeats a query, on a new connection after an error, and records the longest time without an answer."""

    def __init__(self, url: str, number: int, ended: threading.Event, pause_seconds: float):
        super().__init__(daemon=True)
        self.url, self.number, self.ended, self.pause_seconds = url, number, ended, pause_seconds
        self.answers, self.errors, self.longest_seconds = 0, 0, 0.0

    def run(self):
        connection, answered_at = None, time.monotonic()
        while not self.ended.wait(self.pause_seconds):
            try:
                if connection is None:
                    connection = psycopg2.connect(self.url)
                    connection.autocommit = True
                with connection.cursor() as cursor:
                    self.query(cursor)
            except psycopg2.Error:
                self.errors += 1
                if connection is not None:
                    connection.close()
                connection = None
                continue
            now = time.monotonic()
            self.longest_seconds, answered_at = max(self.longest_seconds, now - answered_at), now
            self.answers += 1
        # A client without another answer has waited until now.
        self.longest_seconds = max(self.longest_seconds, time.monotonic() - answered_at)
        if connection is not None:
            connection.close()


class Reader(Client):
    def query(self, cursor):
        cursor.execute(NEAREST)
        if len(cursor.fetchall()) != 20:
            raise AssertionError("a reader got fewer than 20 clinics")


class Writer(Client):
    def query(self, cursor):
        # The number counts answers: an unacknowledged row is sent again, and may be stored twice or not at all.
        cursor.execute("INSERT INTO drill (writer, n) VALUES (%s, %s)", (self.number, self.answers))


def run_clients(cluster, fail) -> tuple[list[Writer], list[Reader]]:
    """Run writers and readers before, during and after `fail()`, which returns once there is a primary again."""
    ended = threading.Event()
    writers = [Writer(cluster.url(), n, ended, 0.05) for n in range(WRITERS)]
    readers = [Reader(cluster.url(replicas=True), n, ended, 0.1) for n in range(READERS)]
    clients = writers + readers
    for client in clients:
        client.start()
    time.sleep(BEFORE_SECONDS)
    fail()
    time.sleep(AFTER_SECONDS)
    ended.set()
    for client in clients:
        client.join()
    return writers, readers


def lost_writes(url: str, writers: list[Writer]) -> int:
    """How many acknowledged writes are not on the present primary."""
    there = set(execute(url, "SELECT writer, n FROM drill"))
    return sum((writer.number, n) not in there for writer in writers for n in range(writer.answers))


def report(what: str, cluster, writers: list[Writer], readers: list[Reader]) -> bool:
    """Print the figures of one drill. Whether the goals are met."""
    without = {"writes": max(w.longest_seconds for w in writers), "reads": max(r.longest_seconds for r in readers)}
    lost = lost_writes(cluster.url(), writers)
    print(f"\n{what}")
    for kind, clients in (("writes", writers), ("reads", readers)):
        answers, errors = sum(client.answers for client in clients), sum(client.errors for client in clients)
        print(
            f"  seconds without {kind:6} {without[kind]:5.1f}   (goal: at most {MOST_SECONDS[kind]})   "
            f"{answers} answered, {errors} errors, {len(clients)} clients"
        )
    print(f"  acknowledged writes lost {lost}   (goal: 0)")
    return lost == 0 and all(without[kind] <= most for kind, most in MOST_SECONDS.items())


def kill_primary(cluster) -> None:
    lost = cluster.primary
    lost.kill()
    cluster.wait(lambda: any(node.is_("primary") for node in cluster.nodes if node is not lost), "other primary")
    cluster.killed = lost


def kill_postgres(cluster) -> None:
    """Kill only the server process; Patroni keeps running, notices it, and hands over."""
    node = cluster.primary
    postmaster_of(cluster.folder / node.name).kill()
    time.sleep(1)
    cluster.wait(lambda: cluster.primary, "primary")


def main() -> None:
    sys.stdout.reconfigure(line_buffering=True)
    with running_cluster() as cluster:
        print(
            f"PostgreSQL {execute(cluster.url(), 'SHOW server_version')[0][0]}, three nodes, {os.cpu_count()} cores,"
        )
        print(f"{platform.platform()}, {fill(cluster.url(), CLINICS):,} clinics, waits are the longest of any client")
        execute(cluster.url(), "CREATE TABLE drill (writer int, n int)")
        met = report(
            "Power cut of the primary's machine", cluster, *run_clients(cluster, lambda: kill_primary(cluster))
        )

        # The lost machine comes back, is rewound and becomes a replica; then the other kind of failure.
        cluster.start_node(cluster.killed)
        cluster.wait(
            lambda: sum(node.is_("replica") for node in cluster.nodes) == 2,
            "second replica after the return of the lost node",
        )
        cluster.wait(lambda: any(node.is_("sync") for node in cluster.nodes), "synchronous replica")
        print(f"\n{cluster.killed.name} is back as a replica")
        execute(cluster.url(), "TRUNCATE drill")
        met &= report(
            "kill -9 of the primary's PostgreSQL", cluster, *run_clients(cluster, lambda: kill_postgres(cluster))
        )
    sys.exit(0 if met else "\nFAILED: a goal was missed.")


if __name__ == "__main__":
    main()
