/** Those parts of ECharts that our charts need; loaded when the first chart is shown. */
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use, type ECharts } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

/** SVG: sharp in print and at any zoom; our charts have hundreds of marks, not millions. */
export function start(element: HTMLElement): ECharts {
  return init(element, null, { renderer: "svg" });
}
