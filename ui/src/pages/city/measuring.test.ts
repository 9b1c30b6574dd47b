import { describe, expect, it } from "vitest";
import { areaOf, areaText, lengthOf, lengthText, type Place } from "./measuring";
import { lastDay, monthOf, monthText } from "./times";

describe("measuring", () => {
  it("a degree of latitude is 111.2 km", () => {
    expect(lengthOf([[110, 40], [110, 41]])).toBeCloseTo(111195, -2);
  });
  it("a small square has the area of its sides, whichever way it is drawn", () => {
    const square: Place[] = [[110, 40], [110.001, 40], [110.001, 40.001], [110, 40.001]];
    const sides = lengthOf(square.slice(0, 2)) * lengthOf(square.slice(1, 3));
    expect(areaOf(square) / sides).toBeCloseTo(1, 3);
    expect(areaOf([...square].reverse())).toBeCloseTo(areaOf(square), 3);
  });
  it("says small and large sizes in fitting units", () => {
    expect([lengthText(12.34), lengthText(345.6), lengthText(12345)]).toEqual(["12.3 m", "346 m", "12.35 km"]);
    expect([areaText(99), areaText(123456), areaText(2.5e6)]).toEqual(["99 m²", "12.35 ha", "2.500 km²"]);
  });
});

describe("months", () => {
  it("go to numbers and back", () => {
    for (const day of ["1949-10-01", "2024-02-29", "2025-12-31"]) expect(monthText(monthOf(day))).toBe(day.slice(0, 7));
    expect(lastDay(monthOf("2024-02-01"))).toBe("2024-02-29");
    expect(lastDay(monthOf("2025-12-01"))).toBe("2025-12-31");
  });
});
