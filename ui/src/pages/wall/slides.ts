/** What a wall screen goes through: the indicators that fall short, with places to show first. */
import { headline, type Assessment, type Clause, type Indicator } from "@/pages/programme/types";

export interface Slide {
  clause: Clause;
  indicator: Indicator;
}

export function slidesOf(assessment: Assessment | null): Slide[] {
  if (!assessment) return [];
  const short = assessment.clauses.filter((clause) => clause.status === "short");
  return (short.length ? short : assessment.clauses).flatMap((clause) => {
    const missed = clause.indicators.filter((i) => i.status === "short");
    const shown = missed.find((i) => i.places?.visible && i.places.total > 0) ?? headline(clause);
    return shown && shown.value !== null ? [{ clause, indicator: shown }] : [];
  });
}
