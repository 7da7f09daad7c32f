import { Counter, Family, Histogram, Reading, type Metric, type MetricType } from './prometheus.ts';

/** Seconds: what a request of the API takes, up to a webhook that nobody answers. */
const secondsBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const groupBounds = [1, 2, 4, 8, 16, 32, 64, 128];

/**
 * Everything that is measured, defined once. Labels have few values: no SIDs, numbers, URLs or paths as sent.
 * `docs/operations.md` lists the same metrics (a test compares them).
 */
export class Metrics {
  readonly #all: Metric[] = [];

  // HTTP
  readonly httpRequests = this.#counter(
    'tutti_http_requests_total',
    'Requests answered, by route pattern and class of status (2xx, 4xx, …).',
    ['product', 'route', 'method', 'status'],
  );
  readonly httpDuration = this.#histogram(
    'tutti_http_request_duration_seconds',
    'From the arrival of the headers to the beginning of the answer.',
    ['product', 'route', 'method'],
    secondsBounds,
  );
  readonly httpUnderWay = this.#reading(
    'gauge',
    'tutti_http_requests_under_way',
    'Requests with credentials that are being worked on.',
  );
  readonly httpConnections = this.#reading(
    'gauge',
    'tutti_http_connections',
    'Open connections of HTTP clients.',
  );
  readonly httpRefused = this.#counter(
    'tutti_http_refused_total',
    'Refused before they cost anything: concurrency, rate, credentials (too many wrong ones), connections, malformed, slow.',
    ['reason'],
  );

  // Store
  readonly groupActions = this.#histogram(
    'tutti_store_commit_actions',
    'Actions made durable by one commit; on PostgreSQL always one.',
    [],
    groupBounds,
  );
  readonly storeFailures = this.#counter(
    'tutti_store_failures_total',
    'Statements that failed because the database could not do its part.',
    [],
  );

  readonly sidUsesDropped = this.#counter(
    'tutti_sid_uses_dropped_total',
    'Uses of SIDs that are missing in the ledger, as there were too many within a second.',
    [],
  );

  // Webhooks
  readonly outboxPending = this.#reading(
    'gauge',
    'tutti_outbox_pending',
    'Webhooks and news that are not yet delivered or given up; absent while the database does not answer.',
  );
  readonly deliveryDuration = this.#histogram(
    'tutti_delivery_attempt_duration_seconds',
    'Attempts to send a webhook or status callback; outcome is done, retry or failed.',
    ['source', 'outcome'],
    secondsBounds,
  );
  readonly twimlDuration = this.#histogram(
    'tutti_twiml_fetch_duration_seconds',
    'Asking an application for a document, fallback URL included; outcome is ok or failed.',
    ['outcome'],
    secondsBounds,
  );
  readonly alerts = this.#counter('tutti_alerts_total', 'Monitor Alerts raised.', [
    'code',
    'level',
  ]);

  // Voice
  readonly sipMessages = this.#counter(
    'tutti_sip_messages_total',
    'SIP messages sent and received.',
    ['direction', 'transport'],
  );
  readonly sipProblems = this.#counter(
    'tutti_sip_problems_total',
    'What SIP peers did wrong, and messages that could not be sent.',
    ['kind'],
  );
  readonly sipDropped = this.#reading(
    'counter',
    'tutti_sip_dropped_total',
    'SIP messages dropped, as their address sent more than one may.',
  );
  readonly calls = this.#counter('tutti_calls_total', 'Calls that ended.', ['direction', 'status']);
  readonly callsLive = this.#reading('gauge', 'tutti_calls_live', 'Calls that have not ended.');
  readonly legsLive = this.#reading('gauge', 'tutti_legs_live', 'Parties whose sound is carried.');
  readonly bridgesLive = this.#reading(
    'gauge',
    'tutti_bridges_live',
    'Conductors with a live bridge.',
  );
  readonly mediaTicks = this.#reading(
    'counter',
    'tutti_media_ticks_total',
    'Turns of 20 ms in which sound was moved.',
  );
  readonly mediaLateTicks = this.#reading(
    'counter',
    'tutti_media_late_ticks_total',
    'Turns that came more than 20 ms late.',
  );
  readonly rtpLost = this.#reading(
    'counter',
    'tutti_rtp_packets_lost_total',
    'RTP packets that peers sent and that did not arrive.',
  );
  readonly rtpDropped = this.#reading(
    'counter',
    'tutti_rtp_packets_dropped_total',
    'Packets of sound, both ways, that the process was too busy to pass on.',
  );

  // Process
  readonly loopDelayMean = this.#reading(
    'gauge',
    'tutti_event_loop_delay_mean_seconds',
    'How late timers were since the last scrape, on average.',
  );
  readonly loopDelayMax = this.#reading(
    'gauge',
    'tutti_event_loop_delay_max_seconds',
    'The longest that timers were late since the last scrape.',
  );
  readonly residentBytes = this.#reading(
    'gauge',
    'process_resident_memory_bytes',
    'Memory of the process.',
  );
  readonly heapBytes = this.#reading(
    'gauge',
    'tutti_heap_used_bytes',
    'Memory that JavaScript objects take.',
  );
  readonly cpuSeconds = this.#reading(
    'counter',
    'process_cpu_seconds_total',
    'Processor time, user and system.',
  );
  readonly startSeconds = this.#reading(
    'gauge',
    'process_start_time_seconds',
    'When the process started, in seconds since 1970.',
  );
  readonly buildInfo = this.#add(
    new Family(
      'gauge',
      'tutti_build_info',
      'Always 1.',
      ['version', 'node'] as const,
      () => new Reading(),
    ),
  );

  get all(): readonly Metric[] {
    return this.#all;
  }

  /** All of it, in Prometheus' text format. */
  async text(): Promise<string> {
    let text = '';
    for (const metric of this.#all) text += await metric.text();
    return text;
  }

  #counter<const L extends readonly string[]>(
    name: string,
    help: string,
    labels: L,
  ): Family<Counter, L> {
    return this.#add(new Family('counter', name, help, labels, () => new Counter()));
  }

  #histogram<const L extends readonly string[]>(
    name: string,
    help: string,
    labels: L,
    bounds: readonly number[],
  ): Family<Histogram, L> {
    return this.#add(new Family('histogram', name, help, labels, () => new Histogram(bounds)));
  }

  #reading(type: MetricType, name: string, help: string): Reading {
    return this.#add(new Family(type, name, help, [] as const, () => new Reading())).with();
  }

  #add<M extends Metric>(metric: M): M {
    this.#all.push(metric);
    return metric;
  }
}
