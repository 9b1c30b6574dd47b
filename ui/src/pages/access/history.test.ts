import { describe, expect, it } from "vitest";
import { decodeEdits, encodeEdits, freshId, makeHistory, without } from "./history";
import type { Edit } from "./types";

const park = (id: string): Edit => ({ op: "add", class: "park", id, area_m2: 5000, attributes: { name: "公园" } });

describe("history", () => {
  it("takes every step back and makes it again", () => {
    const history = makeHistory();
    history.push(park("a"));
    history.push(park("b"));
    expect(history.edits.value.map((e) => e.id)).toEqual(["a", "b"]);
    history.undo();
    history.undo();
    history.undo();
    expect(history.edits.value).toEqual([]);
    history.redo();
    expect(history.edits.value.map((e) => e.id)).toEqual(["a"]);
    history.push(park("c"));
    expect(history.canRedo.value).toBe(false);
    expect(history.edits.value.map((e) => e.id)).toEqual(["a", "c"]);
    history.reset([park("d")]);
    expect(history.canUndo.value).toBe(false);
  });

  it("drops what builds on a removed edit", () => {
    const edits: Edit[] = [park("a"), { op: "resize", class: "park", id: "a", area_m2: 9 }, { op: "remove", class: "park", id: "p1" }];
    expect(without(edits, 0).map((e) => e.id)).toEqual(["p1"]);
    expect(without(edits, 1).map((e) => e.op)).toEqual(["add", "remove"]);
    expect(freshId([park("new-1")])).toBe("new-2");
  });

  it("travels in an address", () => {
    const edits = [park("a")];
    const text = encodeEdits(edits);
    expect(text).toMatch(/^[\w-]+$/);
    expect(decodeEdits(text)).toEqual(edits);
    expect(decodeEdits("not base64 ä")).toEqual([]);
    expect(encodeEdits([])).toBe("");
  });
});
