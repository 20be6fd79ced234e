"""datasette: tables of a file as pages and as JSON."""

import sqlite3

from datasette.app import Datasette

with sqlite3.connect("birds.db") as database:
    database.execute("create table if not exists birds (name text)")
    database.execute("insert into birds values ('wren')")
database.close()
app = Datasette(["birds.db"]).app()
