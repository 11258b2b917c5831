"""``tunix-rt import`` of folders, and of files that are one record."""

from __future__ import annotations

import json

from tests.support.import_rows import ATIF, TUNIX_TRAJECTORY
from tests.support.program import Program, stored


def test_a_store_of_trajectories_is_imported_once(embedded: Program):
    store = embedded.folder / "store" / "run1"
    for name, total in (("traj_a", 1.0), ("traj_b", None)):
        (store / name).mkdir(parents=True)
        metadata = TUNIX_TRAJECTORY["metadata"] | {"trajectory_id": name, "extra": None, "total_reward": total}
        (store / name / "metadata.json").write_text(json.dumps(metadata, indent=2))
        for place, step in enumerate(TUNIX_TRAJECTORY["steps"]):
            (store / name / f"step_{place:06}.json").write_text(json.dumps(step, indent=2))

    command = ("import", "tunix_trajectories", embedded.folder / "store", "--set", "meta.lab=a")

    assert embedded.run(*command) == (0, "2 traces added, 5 scores added (2 files read).\n", "")
    assert embedded.run(*command)[1] == "Nothing new: 2 traces stored already.\n"
    assert [row[:3] for row in stored(embedded)] == [("traj_a", "tunix", 2), ("traj_b", "tunix", 2)]
    (store / "traj_b" / "step_000001.json").write_text("{")
    status, _, messages = embedded.run(*command, "--on-error", "skip")
    assert (status, messages.startswith("file 2: traj_b: Not valid JSON")) == (0, True)


def test_a_file_may_be_one_trajectory_and_a_folder_has_many(embedded: Program):
    folder = embedded.folder / "logs"
    folder.mkdir()
    (folder / "one.json").write_text(json.dumps(ATIF, indent=2))
    (folder / "two.json").write_text(json.dumps(ATIF | {"trajectory_id": "traj-2"}))
    lines = embedded.file("more.jsonl", [ATIF, ATIF | {"trajectory_id": "traj-3"}])

    assert embedded.run("import", "atif", folder / "one.json")[1] == "1 trace added (1 file read).\n"
    assert embedded.run("import", "atif", folder)[1] == "1 trace added, 1 stored already (2 files read).\n"
    assert embedded.run("import", "atif", lines)[1] == "1 trace added, 1 stored already (2 lines read).\n"
    assert "is a folder; gsm8k takes files only." in embedded.run("import", "gsm8k", folder)[2]
