import { ConductorContext, ConductorInstance, ConductorPage, conductorsPath } from './conductor.ts';
import type {
  ConductorListInstanceCreateOptions,
  ConductorSolution,
  ConductorStatus,
} from './conductor.ts';
import { addReading, send } from './resource.ts';
import type { Callback, Readable, Version } from './resource.ts';
import type { SidText } from './sid-text.ts';

/** Which Conductors to list; all that are given must hold. */
export interface ConductorFilters {
  applicationSid?: SidText<'AP'>;
  conversationSid?: SidText<'CH'>;
  proxyAddress?: string;
  status?: ConductorStatus;
  /** The Conductor that a call is bound to, and so the Conversation that it is in. */
  callSid?: SidText<'CA'>;
}

/** The Conductors of a service or of the account, whatever their Conversation. */
export interface ConductorLookupListInstance extends Readable<
  ConductorFilters,
  ConductorInstance,
  ConductorPage
> {
  (sid: SidText<'CN'>): ConductorLookupContext;
  get(sid: SidText<'CN'>): ConductorLookupContext;
}

/** A Conductor that is looked up without its Conversation can only be fetched. */
export type ConductorLookupContext = Pick<ConductorContext, 'fetch' | 'toJSON'>;

/** The Conductors of one Conversation; a unique name serves instead of the SID. */
export interface ConductorListInstance extends Readable<
  ConductorFilters,
  ConductorInstance,
  ConductorPage
> {
  (sid: SidText<'CN'>): ConductorContext;
  get(sid: SidText<'CN'>): ConductorContext;
  /** Create a ConductorInstance */
  create(callback?: Callback<ConductorInstance>): Promise<ConductorInstance>;
  create(
    params: ConductorListInstanceCreateOptions,
    callback?: Callback<ConductorInstance>,
  ): Promise<ConductorInstance>;
}

function addConductorReading<L extends object>(
  target: L,
  version: Version,
  solution: ConductorSolution,
): L & Readable<ConductorFilters, ConductorInstance, ConductorPage> {
  return addReading(target, version, {
    uri: conductorsPath(solution),
    solution,
    make: (answer) => new ConductorPage(version, answer, solution),
  });
}

/** The list object of a service's or the account's Conductors. */
export function ConductorLookupListInstance(
  version: Version,
  solution: Pick<ConductorSolution, 'chatServiceSid'>,
): ConductorLookupListInstance {
  const get = (sid: string): ConductorContext => new ConductorContext(version, solution, sid);
  return addConductorReading(
    Object.assign((sid: string) => get(sid), { get }),
    version,
    solution,
  );
}

/** The list object of a Conversation's Conductors. */
export function ConductorListInstance(
  version: Version,
  solution: ConductorSolution,
): ConductorListInstance {
  const uri = conductorsPath(solution);
  const get = (sid: string): ConductorContext => new ConductorContext(version, solution, sid);
  const create = (
    params?: ConductorListInstanceCreateOptions | Callback<ConductorInstance>,
    callback?: Callback<ConductorInstance>,
  ): Promise<ConductorInstance> =>
    typeof params === 'function'
      ? create(undefined, params)
      : send(version, 'create', {
          uri,
          params,
          callback,
          make: (payload: ConstructorParameters<typeof ConductorInstance>[1]) =>
            new ConductorInstance(version, payload, solution),
        });
  const list = Object.assign((sid: string) => get(sid), { get, create });
  return addConductorReading(list, version, solution);
}
