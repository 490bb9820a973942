"""Servers of every shape, small enough to know their numbers by heart."""
from tests.servers.oracle_catalog import ROOT, SEED, File, Oracle, Pdb

PDBS = (Pdb(3, "PDB1", guid="A1"), Pdb(4, "PDB2", guid="B2"), Pdb(5, "PDB3", "MOUNTED", guid="C3"),
        Pdb(6, "PDB4", restricted=True, guid="D4"))


def single(here=0, **how):
    """A database that is no container database, or one pluggable database."""
    oracle = Oracle(here, **how)
    oracle.tablespace("SYSTEM", File(1000, 8000)).tablespace("SYSAUX", File(500))
    oracle.tablespace("UNDOTBS1", File(200, 400), contents="UNDO")
    oracle.tablespace("TEMP", File(30), File(40, 100), contents="TEMPORARY")
    return oracle.tablespace("USERS", File(100, 1000), File(50), granted=True)


def root(pdbs=PDBS, **how):
    """The root of a container database: USERS are 1 in the root, 11 in PDB1, 33 in PDB2, 77 in PDB3, 99 in PDB4."""
    oracle = Oracle(ROOT, pdbs, **{"user": "C##MONITOR", **how})
    for con_id, size in ((ROOT, 1), (SEED, 7), (3, 11), (4, 33), (5, 77), (6, 99)):
        if con_id in (ROOT, SEED, *(pdb.con_id for pdb in pdbs)):
            oracle.tablespace("SYSTEM", File(1000 * size), con_id=con_id)
            oracle.tablespace("UNDOTBS1", File(100 * size), contents="UNDO", con_id=con_id)
            oracle.tablespace("TEMP", File(10 * size, 20 * size), contents="TEMPORARY", con_id=con_id)
            oracle.tablespace("USERS", File(size, 10 * size), con_id=con_id)
    return oracle
