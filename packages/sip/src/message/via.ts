import { formatParams, NO_PARAMS, type Params, parseParams } from './params.ts';
import { parseHostPort } from './uri.ts';

/** One Via element: RFC 3261 §20.42. */
export interface Via {
  /** Upper case: `UDP`, `TCP`. */
  readonly transport: string;
  readonly host: string;
  readonly port?: number;
  readonly params: Params;
}

/** Reads one element; `undefined` when it is not a Via. */
export function parseVia(text: string): Via | undefined {
  const semicolon = text.indexOf(';');
  const head = semicolon === -1 ? text : text.slice(0, semicolon);
  const match = /^SIP\s*\/\s*\d+\.\d+\s*\/\s*([A-Za-z0-9-]+)\s+(\S.*)$/i.exec(head.trim());
  if (match === null) return undefined;
  const [, transport = '', sentBy = ''] = match;
  const address = parseHostPort(sentBy);
  const params = semicolon === -1 ? NO_PARAMS : parseParams(text.slice(semicolon + 1));
  if (address === undefined || params === undefined) return undefined;
  return { transport: transport.toUpperCase(), ...address, params };
}

export function formatVia(via: Via): string {
  const port = via.port === undefined ? '' : `:${via.port}`;
  return `SIP/2.0/${via.transport} ${via.host}${port}${formatParams(via.params)}`;
}
