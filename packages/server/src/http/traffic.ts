import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import type { ActionContext } from '../actions/context.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Counter, Histogram } from '../base/prometheus.ts';
import type { AccountLimits, Load } from './account-limits.ts';
import type { Caller } from './auth.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What counts requests to this route. */
    meter: RouteMeter | undefined;
    /** What the account has under way, while this request is. */
    load: Load | undefined;
  }
  interface FastifyContextConfig {
    /** Served even when the account has too much under way. */
    readonly unlimited?: boolean;
    meter?: RouteMeter;
  }
}

/** The series of one route, looked up once. */
interface RouteMeter {
  readonly route: string;
  readonly duration: Histogram;
  /** By the first digit of the status. */
  readonly byClass: (Counter | undefined)[];
  readonly count: (statusClass: number) => Counter;
}

/** What every request passes: the limits of its account, the metrics, the log line. Built to cost a microsecond. */
export class Traffic {
  readonly #limits: AccountLimits;
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #log: Log | undefined;

  constructor(
    { clock, metrics, log }: Pick<ActionContext, 'clock' | 'metrics' | 'log'>,
    limits: AccountLimits,
  ) {
    this.#clock = clock;
    this.#metrics = metrics;
    this.#log = log.isLevelEnabled('info') ? log : undefined;
    this.#limits = limits;
    metrics.httpUnderWay.read = () => limits.underWay;
  }

  /** The headers are there. */
  arrived(request: FastifyRequest, config: FastifyContextConfig & { url?: string }): void {
    request.arrivedAt = this.#clock.elapsedMs();
    request.meter = config.meter ??= this.#meterOf(config.url, request.method);
  }

  /**
   * It is known who asks.
   *
   * @throws RequestError tooManyRequests
   */
  admit(
    request: FastifyRequest,
    reply: FastifyReply,
    caller: Caller,
    config: FastifyContextConfig,
  ): void {
    if (config.unlimited === true) return;
    const load = this.#limits.enter(caller.account.sid);
    request.load = load;
    reply.header('Twilio-Concurrent-Requests', load.underWay);
  }

  /** The answer begins. Whatever became of the connection, every request comes here, and a failing answer twice. */
  answered(request: FastifyRequest, reply: FastifyReply): void {
    const { load, meter } = request;
    if (load !== undefined) {
      request.load = undefined;
      this.#limits.leave(load);
    }
    const durationMs = this.#clock.elapsedMs() - request.arrivedAt;
    reply.header('Twilio-Request-Duration', (durationMs / 1000).toFixed(3));
    if (meter === undefined) return;
    const status = reply.statusCode;
    const statusClass = Math.floor(status / 100);
    (meter.byClass[statusClass] ??= meter.count(statusClass)).inc();
    meter.duration.observe(durationMs / 1000);
    this.#log?.info(
      {
        requestSid: request.id,
        accountSid: request.caller?.account.sid,
        method: request.method,
        route: meter.route,
        status,
        durationMs: Math.round(durationMs),
      },
      'request answered',
    );
  }

  #meterOf(url: string | undefined, method: string): RouteMeter {
    const { httpRequests, httpDuration } = this.#metrics;
    // Methods and paths that nobody serves are of endless variety.
    const [, product = 'none', route = '/'] = /^\/([a-z]+)(\/(?:v\d+|2010-04-01)\/.*)$/.exec(
      url ?? '',
    ) ?? ['', 'none', url ?? 'none'];
    const label = url === undefined ? 'none' : method;
    return {
      route: url === undefined ? 'none' : product === 'none' ? route : `/${product}${route}`,
      duration: httpDuration.with(product, route, label),
      byClass: [],
      count: (statusClass) => httpRequests.with(product, route, label, `${statusClass}xx`),
    };
  }
}
