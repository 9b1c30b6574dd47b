/** Colours and marks of the features. Hues are of one lightness, so that white marks stay readable on them. */
import type { ExpressionSpecification } from "maplibre-gl";
import { theme } from "@/app/theme";

const FAMILIES: [colour: string, classes: string[]][] = [
  ["#2f6db5", ["school", "kindergarten", "childcare", "catchment"]],
  ["#b4413c", ["hospital", "clinic"]],
  ["#8a57a8", ["elderly_care", "relief_station", "welfare_facility", "funeral_facility"]],
  ["#a8610d", ["library", "cultural_centre", "museum"]],
  ["#23806c", ["sports_ground", "trail", "community_service_point"]],
  ["#8a5a2b", ["heritage_site", "heritage_zone", "historic_building"]],
  ["#3d7d33", ["park", "park_entrance", "green_space", "street_tree", "old_tree"]],
  ["#1f7f9c", ["water_body", "waterway"]],
  ["#5a6673", ["road", "admin_area", "land_use", "component", "meter", "population_cell"]],
  ["#6a5acd", ["base_station", "coverage_area"]],
];

export function classColour(className: string): string {
  return FAMILIES.find(([, classes]) => classes.includes(className))?.[0] ?? "#5a6673";
}

const MARKS: Record<string, string> = {
  school: "校", kindergarten: "幼", childcare: "托", hospital: "医", clinic: "诊", elderly_care: "养", library: "书", cultural_centre: "文",
  museum: "博", sports_ground: "体", community_service_point: "社", relief_station: "助", welfare_facility: "福", funeral_facility: "殡",
  heritage_site: "保", historic_building: "史", old_tree: "古", park_entrance: "门", base_station: "站",
}; // prettier-ignore

/** The character on the mark of a point; none for the small things of which there are thousands. */
export function mark(className: string): string {
  return MARKS[className] ?? "";
}

export type Colouring = "use" | "height" | "year";

export const USES: Record<string, string> = {
  residential: "#d9b58c", commercial: "#d9776c", office: "#7f9fce", industrial: "#a896b4", education: "#6fb0c9", health: "#e3a3b4",
  culture: "#c9b458", public: "#89b58f", transport: "#9aa3ab", religious: "#b98f6d", agricultural: "#b6c08a", auxiliary: "#c7c4bd", unknown: "#bdbab4",
}; // prettier-ignore

export interface Step {
  from: number;
  colour: string;
}

/** Metres; the higher the stronger: darker on a light map, brighter on a dark one. */
const HEIGHTS_DARK: Step[] = [
  { from: 0, colour: "#3f4f56" },
  { from: 6, colour: "#466f7e" },
  { from: 12, colour: "#4f93ab" },
  { from: 24, colour: "#6bb9d3" },
  { from: 54, colour: "#b5e6f2" },
];
const HEIGHTS_LIGHT: Step[] = [
  { from: 0, colour: "#d7e3e8" },
  { from: 6, colour: "#a9cbd8" },
  { from: 12, colour: "#74aec4" },
  { from: 24, colour: "#3d88a6" },
  { from: 54, colour: "#17566f" },
];
export function heights(): Step[] {
  return theme.value === "dark" ? HEIGHTS_DARK : HEIGHTS_LIGHT;
}
export const YEARS: Step[] = [
  { from: 0, colour: "#7a5230" },
  { from: 1980, colour: "#a97b45" },
  { from: 1990, colour: "#d1a964" },
  { from: 2000, colour: "#cfd4a4" },
  { from: 2010, colour: "#7fb5a0" },
  { from: 2020, colour: "#2f7f86" },
];
export const UNKNOWN = "#bdbab4";

/** Height of a building in metres: as surveyed, else three metres a floor, else one floor. */
export const HEIGHT: ExpressionSpecification = [
  "coalesce",
  ["get", "height"],
  ["case", ["has", "floors"], ["*", 3, ["get", "floors"]], 3],
];

function steps(value: ExpressionSpecification, scale: Step[]): ExpressionSpecification {
  const [first, ...rest] = scale;
  return ["step", value, first?.colour ?? UNKNOWN, ...rest.flatMap((step) => [step.from, step.colour])] as ExpressionSpecification;
}

export function buildingColour(by: Colouring): ExpressionSpecification {
  if (by === "height") return steps(HEIGHT, heights());
  if (by === "year") return ["case", ["has", "year"], steps(["get", "year"], YEARS), UNKNOWN];
  return ["match", ["coalesce", ["get", "use"], "unknown"], ...Object.entries(USES).flat(), UNKNOWN] as unknown as ExpressionSpecification;
}

export const CHANGES = { added: "#1d8a4c", changed: "#c07a00", closed: "#c0362c" } as const;
