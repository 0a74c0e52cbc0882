# SPDX-License-Identifier: Apache-2.0
"""What botocore's paginator makes of listings.

Reads a JSON list of cases from the file named first and writes a JSON list of answers to the file named second. A case has
the paginator's model, the input, the options, and the pages of a service, each with the tokens that ask for it.
"""

import copy
import json
import sys

import botocore
import botocore.model
import botocore.paginate

DUMP = {"separators": (",", ":"), "ensure_ascii": False}


def answer(case):
    requests, pages = [], []
    tokens = case["paginator"]["input_token"]

    def service(**parameters):
        requests.append(json.dumps(parameters, **DUMP))
        asked = {name: parameters[name] for name in tokens if name in parameters}
        found = [page for page in case["pages"] if page["tokens"] == asked]
        return copy.deepcopy(found[0]["page"])

    shape = {"type": "structure", "members": {"Size": {"shape": "Size"}}}
    shapes = {"In": shape, "Size": {"type": case["sizeType"]}}
    model = botocore.model.OperationModel(
        {"name": "List", "input": {"shape": "In"}}, botocore.model.ServiceModel({"metadata": {}, "shapes": shapes})
    )
    paginator = botocore.paginate.Paginator(service, case["paginator"], model)
    try:
        options = {"PaginationConfig": case["options"]}
        listing = paginator.paginate(**case["input"], **options)
        for page in listing:
            pages.append(json.dumps(page, **DUMP))
        asked = list(requests)
        full = paginator.paginate(**case["input"], **options).build_full_result()
        return {"requests": asked, "pages": pages, "resume": listing.resume_token, "full": json.dumps(full, **DUMP)}
    except Exception as error:
        return {"requests": requests, "pages": pages, "error": type(error).__name__}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump([answer(case) for case in cases], file)


if __name__ == "__main__":
    main()
