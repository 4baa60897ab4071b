"""Makes lists, and creates items with $batch of 20 parts on 4 threads: batch.py ORIGIN CREATES COUNT"""

import queue
import sys
import threading
import time

from client import Client, creates, make_lists, report, site

THREADS = 4
PARTS = 20


def main():
    origin, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    rows = creates(path, count)
    first = Client(origin)
    root = f"/sites/{site(first)}/lists"
    lists = make_lists(first, root, sorted({row["list"] for row in rows}))
    batches = queue.SimpleQueue()
    for start in range(0, len(rows), PARTS):
        batches.put(rows[start : start + PARTS])
    created = []

    def work():
        client = Client(origin, first.token)
        while True:
            try:
                batch = batches.get_nowait()
            except queue.Empty:
                return
            requests = [
                {
                    "id": str(number),
                    "method": "POST",
                    "url": f"{root}/{lists[row['list']]}/items",
                    "headers": {"Content-Type": "application/json"},
                    "body": {"fields": row["fields"]},
                }
                for number, row in enumerate(batch)
            ]
            answer = client.call("POST", "/$batch", {"requests": requests})
            created.append(sum(part["status"] == 201 for part in answer["responses"]))

    start = time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if sum(created) != len(rows):
        sys.exit(f"{sum(created)} of {len(rows)} items were created")
    report(len(rows), start)


main()
