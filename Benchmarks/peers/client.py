"""What a plain client of Graph needs: the standard library, a connection that stays open, and a token."""

import http.client
import json
import sys
import time
import urllib.parse

TENANT = "contoso.onmicrosoft.com"
CLIENT = "11111111-1111-1111-1111-111111111111"
SECRET = "simulator-secret"
SITE = "contoso.sharepoint.com:/sites/Operations"


class Client:
    def __init__(self, origin, token=None):
        self.connection = http.client.HTTPConnection(origin.removeprefix("http://"))
        self.token = token or self.sign_in()

    def sign_in(self):
        form = urllib.parse.urlencode(
            {
                "grant_type": "client_credentials",
                "client_id": CLIENT,
                "client_secret": SECRET,
                "scope": "https://graph.microsoft.com/.default",
            }
        )
        answer = self.send(
            "POST", f"/{TENANT}/oauth2/v2.0/token", form, {"Content-Type": "application/x-www-form-urlencoded"}
        )
        return answer["access_token"]

    def send(self, method, path, body, headers):
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        data = response.read()
        if response.status >= 300:
            sys.exit(f"{method} {path}: {response.status} {data.decode()}")
        return json.loads(data)

    def call(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}", "User-Agent": "NONISV|Arcore|Peer/1.0"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return self.send(method, "/v1.0" + path, None if body is None else json.dumps(body), headers)


def site(client):
    return client.call("GET", f"/sites/{SITE}?$select=id")["id"]


KEY = "SyncBridgeKey"
TEXT = {"text": {"allowMultipleLines": False, "maxLength": 255}}
COLUMNS = {
    KEY: TEXT,
    "ProjectNumber": {"number": {"decimalPlaces": "none"}},
    "Code": TEXT,
    "Status": {"choice": {"choices": ["Active", "Closed", "Planned"], "displayAs": "dropDownMenu"}},
    "Owner": TEXT,
    "Priority": TEXT,
    "ProjectCost": {"currency": {"locale": "en-us"}},
    "IsPublic": {"boolean": {}},
    "StartedOn": {"dateTime": {"format": "dateOnly"}},
    "ClosedAt": {"dateTime": {"format": "dateTime"}},
    "UpdatedAt": {"dateTime": {"format": "dateTime"}},
    "Notes": {"text": {"allowMultipleLines": True, "textType": "plain"}},
}


def make_lists(client, root, names):
    """Makes lists with all their columns and a unique key; gives their ids by name."""
    ids = {}
    for name in names:
        columns = [{"name": column, **facet} for column, facet in COLUMNS.items()]
        ids[name] = client.call("POST", root, {"displayName": name, "columns": columns})["id"]
        columns = client.call("GET", f"{root}/{ids[name]}/columns")["value"]
        key = next(column["id"] for column in columns if column["name"] == KEY)
        client.call("PATCH", f"{root}/{ids[name]}/columns/{key}", {"indexed": True, "enforceUniqueValues": True})
    return ids


def creates(path, count):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for _, line in zip(range(count), lines)]


def report(items, start):
    """The result: items and seconds, from the first create to the last answer. The process as a whole takes longer."""
    print(json.dumps({"items": items, "seconds": time.monotonic() - start}))
