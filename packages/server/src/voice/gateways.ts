import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { TrunkGateway } from '../config/sip-trunk.ts';

/** How long a gateway that failed is tried last: doubled at each failure, up to the most. */
const REST_MS = 30_000;
const REST_MAX_MS = 480_000;

interface Health {
  readonly failures: number;
  readonly restsUntilMs: number;
}

/** The gateways of the trunk, in the order in which a call tries them: RFC 2782 of priorities and weights. */
export class Gateways {
  readonly #all: readonly TrunkGateway[];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #random: () => number;
  readonly #down = new Map<TrunkGateway, Health>();

  /** @param random from 0 to below 1 */
  constructor(all: readonly TrunkGateway[], clock: Clock, log: Log, random: () => number) {
    this.#all = all;
    this.#clock = clock;
    this.#log = log;
    this.#random = random;
  }

  /** Those that are well by priority, of one priority by weight; then those that failed lately. */
  inOrder(): readonly TrunkGateway[] {
    const nowMs = this.#clock.elapsedMs();
    const rests = (gateway: TrunkGateway): boolean =>
      (this.#down.get(gateway)?.restsUntilMs ?? 0) > nowMs;
    return [
      ...this.#drawn(this.#all.filter((gateway) => !rests(gateway))),
      ...this.#drawn(this.#all.filter(rests)),
    ];
  }

  /** It answered, whatever it said. */
  noteUp(gateway: TrunkGateway): void {
    if (this.#down.delete(gateway)) this.#log.info({ gateway: gateway.uri }, 'gateway up');
  }

  /** It could not be reached, or said that it cannot serve. */
  noteDown(gateway: TrunkGateway, problem: string): void {
    const failures = (this.#down.get(gateway)?.failures ?? 0) + 1;
    const restMs = Math.min(REST_MS * 2 ** (failures - 1), REST_MAX_MS);
    this.#down.set(gateway, { failures, restsUntilMs: this.#clock.elapsedMs() + restMs });
    this.#log.warn({ gateway: gateway.uri, problem, restMs }, 'gateway down');
  }

  #drawn(gateways: readonly TrunkGateway[]): TrunkGateway[] {
    const left = [...gateways];
    const drawn: TrunkGateway[] = [];
    while (left.length > 0) {
      const priority = Math.min(...left.map((gateway) => gateway.priority));
      const equals = left.filter((gateway) => gateway.priority === priority);
      let ticket = this.#random() * equals.reduce((sum, { weight }) => sum + weight, 0);
      const next = equals.find(({ weight }) => (ticket -= weight) < 0) ?? equals[0];
      if (next === undefined) break;
      drawn.push(next);
      left.splice(left.indexOf(next), 1);
    }
    return drawn;
  }
}
