/**
 * Events per second over the last minutes.
 *
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { CHART_SECONDS, type Rate, rates } from "./state.ts";

const HEIGHT = 180;

export function RateChart() {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  useEffect(() => {
    const element = place.current!;
    const chart = new UPlot(optionsOf(element), dataOf(rates.value), element);
    plot.current = chart;
    const resize = new ResizeObserver(() => {
      chart.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      chart.destroy();
    };
  }, []);
  const points = rates.value;
  useEffect(() => plot.current?.setData(dataOf(points)), [points]);
  return <div class="chart" ref={place} role="img" aria-label="Events per second, last minutes" />;
}

/** The whole span is on the axis from the first second on, so that the curve does not stretch. */
function dataOf(points: readonly Rate[]): UPlot.AlignedData {
  const end = points.at(-1)?.at ?? Math.floor(Date.now() / 1000);
  const missing = Array.from({ length: CHART_SECONDS - points.length }, (_, i) => i);
  const start = (points[0]?.at ?? end) - missing.length;
  return [
    [...missing.map((i) => start + i), ...points.map(({ at }) => at)],
    [...missing.map(() => null), ...points.map(({ eventsPerSecond }) => eventsPerSecond)],
  ];
}

function optionsOf(element: HTMLElement): UPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis: UPlot.Axis = {
    stroke: color("--quiet"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), "UTC"),
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(5, (most ?? 0) * 1.15)] } },
    axes: [
      {
        ...axis,
        values: (_plot, values) =>
          values.map((at) => new Date(at * 1000).toISOString().slice(11, 19)),
        space: 90,
        size: 32,
      },
      { ...axis, size: 64 },
    ],
    series: [{}, {
      stroke: color("--accent"),
      fill: color("--accent-soft"),
      width: 1.5,
      points: { show: false },
    }],
  };
}
