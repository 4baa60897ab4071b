"""Makes lists, and creates items one after another, a POST for each: sequential.py ORIGIN CREATES COUNT"""

import sys
import time

from client import Client, creates, make_lists, report, site


def main():
    origin, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    rows = creates(path, count)
    client = Client(origin)
    root = f"/sites/{site(client)}/lists"
    lists = make_lists(client, root, sorted({row["list"] for row in rows}))
    start = time.monotonic()
    for row in rows:
        client.call("POST", f"{root}/{lists[row['list']]}/items", {"fields": row["fields"]})
    report(len(rows), start)


main()
