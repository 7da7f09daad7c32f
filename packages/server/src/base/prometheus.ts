/** What is measured, as Prometheus' text format writes it. Source: prometheus.io/docs/instrumenting/exposition_formats */
export type MetricType = 'counter' | 'gauge' | 'histogram';

/** One series: a family with its labels filled in. */
interface Series {
  lines(name: string, labels: string): Promise<readonly string[]> | readonly string[];
}

/** Counts up. */
export class Counter implements Series {
  #value = 0;

  inc(by = 1): void {
    this.#value += by;
  }

  lines(name: string, labels: string): readonly string[] {
    return [line(name, labels, this.#value)];
  }
}

/** A value that is read when somebody asks; absent while it cannot be read. */
export class Reading implements Series {
  read: () => Promise<number | undefined> | number | undefined = () => undefined;

  async lines(name: string, labels: string): Promise<readonly string[]> {
    const value = await this.read();
    return value === undefined ? [] : [line(name, labels, value)];
  }
}

/** Counts values by size. */
export class Histogram implements Series {
  readonly #bounds: readonly number[];
  /** One more than bounds: the last is for what is above all of them. */
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? 0)) index += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
  }

  lines(name: string, labels: string): readonly string[] {
    let below = 0;
    const buckets = this.#counts.map((count, index) => {
      below += count;
      const bound = `le="${this.#bounds[index] ?? '+Inf'}"`;
      return line(`${name}_bucket`, labels === '' ? bound : `${labels},${bound}`, below);
    });
    return [
      ...buckets,
      line(`${name}_sum`, labels, this.#sum),
      line(`${name}_count`, labels, below),
    ];
  }
}

/** What `Metrics` writes out. */
export interface Metric {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labels: readonly string[];
  text(): Promise<string>;
}

/** A metric: a name, and a series for each combination of label values that came up. */
export class Family<S extends Series, L extends readonly string[]> implements Metric {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labels: L;
  readonly #make: () => S;
  readonly #series = new Map<string, S>();

  constructor(type: MetricType, name: string, help: string, labels: L, make: () => S) {
    this.type = type;
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.#make = make;
  }

  /** The series of these label values. Where every microsecond counts, ask once and keep it. */
  with(...values: { readonly [K in keyof L]: string }): S {
    const labels = this.labels
      .map((label, index) => `${label}="${escaped(String(values[index]))}"`)
      .join(',');
    let series = this.#series.get(labels);
    if (series === undefined) {
      series = this.#make();
      this.#series.set(labels, series);
    }
    return series;
  }

  async text(): Promise<string> {
    const lines = [`# HELP ${this.name} ${this.help}`, `# TYPE ${this.name} ${this.type}`];
    for (const [labels, series] of this.#series)
      lines.push(...(await series.lines(this.name, labels)));
    return lines.length === 2 ? '' : `${lines.join('\n')}\n`;
  }
}

function line(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
