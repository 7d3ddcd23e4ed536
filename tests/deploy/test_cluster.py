"""The parts of the cluster drill that need no cluster; `make drill-cluster-failover` runs all of it."""

import threading
from string import Template

import psycopg2
import pytest

from deploy.drills.cluster import HERE, free_ports
from deploy.drills.cluster_failover import Writer, lost_writes
from tests.databases import own_database


def test_a_lost_acknowledged_write_is_counted():
    with own_database() as url:
        connection = psycopg2.connect(url)
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE drill (writer int, n int)")
            cursor.execute("INSERT INTO drill VALUES (0, 0), (0, 1), (1, 0), (1, 0), (0, 2)")
        connection.close()
        writers = [Writer(url, number, threading.Event(), 0) for number in range(2)]
        writers[0].answers, writers[1].answers = 3, 1
        assert lost_writes(url, writers) == 0
        writers[0].answers, writers[1].answers = 4, 3
        assert lost_writes(url, writers) == 3


def test_a_writer_without_an_answer_has_waited_all_the_time():
    ended = threading.Event()
    [port] = free_ports(1)
    writer = Writer(f"postgresql://nobody@127.0.0.1:{port}/none?connect_timeout=1", 0, ended, 0.05)
    writer.start()
    ended.wait(0.5)
    ended.set()
    writer.join()
    assert writer.answers == 0
    assert writer.errors > 0
    assert writer.longest_seconds >= 0.5


@pytest.mark.parametrize("name", ["patroni.yml", "haproxy.cfg"])
def test_every_placeholder_of_a_configuration_is_filled_in(name):
    known = (
        "NAME HOST PORT REST_PORT ETCD NETWORK PASSWORD DATA SOCKETS PG_BIN WRITE_PORT READ_PORT PRIMARIES REPLICAS"
    )
    filled = Template((HERE / name).read_text()).substitute(dict.fromkeys(known.split(), "value"))
    assert "$" not in filled
