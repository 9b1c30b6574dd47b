/** What a chart is made of, in the colours of the theme. */
import type { BarSeriesOption, LineSeriesOption } from "echarts/charts";
import type { AriaComponentOption, GridComponentOption, LegendComponentOption, MarkLineComponentOption, TooltipComponentOption } from "echarts/components";
import type { ComposeOption } from "echarts/core";
import { colour } from "@/app/theme";

export type ChartOption = ComposeOption<
  AriaComponentOption | BarSeriesOption | GridComponentOption | LegendComponentOption | LineSeriesOption | MarkLineComponentOption | TooltipComponentOption
>;

export interface Palette {
  ink: string;
  soft: string;
  line: string;
  raised: string;
  accent: string;
  met: string;
  short: string;
  nodata: string;
}

export function palette(): Palette {
  return {
    ink: colour("ink"),
    soft: colour("ink-3"),
    line: colour("line"),
    raised: colour("raised"),
    accent: colour("accent"),
    met: colour("met"),
    short: colour("short"),
    nodata: colour("nodata"),
  };
}

/** Text and tooltip as the rest of the page has them. */
export function common(p: Palette): ChartOption {
  return {
    animation: false,
    textStyle: { color: p.ink, fontFamily: getComputedStyle(document.body).fontFamily },
    tooltip: {
      backgroundColor: p.raised,
      borderColor: p.line,
      textStyle: { color: p.ink, fontSize: 13 },
      confine: true,
    },
  };
}

/** An axis without decoration. */
export function axis(p: Palette): { axisLine: object; axisTick: object; axisLabel: object; splitLine: object } {
  return {
    axisLine: { lineStyle: { color: p.line } },
    axisTick: { show: false },
    axisLabel: { color: p.soft, fontSize: 12 },
    splitLine: { lineStyle: { color: p.line } },
  };
}
