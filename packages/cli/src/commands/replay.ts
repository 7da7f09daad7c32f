import { readArguments } from '../arguments.ts';
import { CommandError } from '../command-error.ts';
import { printable } from '../printable.ts';
import { askFor, findServer } from '../server-access.ts';

const options = {
  failed: { type: 'boolean' },
  resource: { type: 'string' },
  event: { type: 'string' },
  host: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  limit: { type: 'string' },
  json: { type: 'boolean' },
  data: { type: 'string' },
} as const;

/** What each option that chooses among failed deliveries is called by the server. */
const parameterOf = {
  resource: 'ResourceSid',
  event: 'EventType',
  host: 'Host',
  since: 'StartDate',
  until: 'EndDate',
  limit: 'Limit',
} as const;

/** Sends one webhook again, or those that failed, oldest first; 1 when some are left that the limit kept out. */
export async function replay(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, options, 'replay', 1);
  const [delivery] = positionals;
  const form: Record<string, string> = {};
  for (const [option, parameter] of Object.entries(parameterOf)) {
    const value = values[option as keyof typeof parameterOf];
    if (value !== undefined) form[parameter] = value;
  }
  const chooses = Object.keys(form).length > 0;
  if (
    (delivery === undefined) !== (values.failed === true) ||
    (delivery !== undefined && chooses)
  ) {
    throw new CommandError('which ones? tutti replay dlv-… or tutti replay --failed', 2);
  }
  const server = await findServer(values.data);
  if (delivery !== undefined) {
    const path = `/v1/Deliveries/${encodeURIComponent(delivery)}/Replay`;
    const made = await askFor(server, path, { form: {} });
    const text = `${delivery} is sent again as ${String(made['delivery_id'])}`;
    console.log(values.json === true ? JSON.stringify(made) : printable(text));
    return 0;
  }
  const answer = await askFor(server, '/v1/Deliveries/Replay', { form });
  if (values.json === true) console.log(JSON.stringify(answer));
  else {
    const replayed = answer['replayed'] as { delivery_id: string; replay_of: string }[];
    for (const { delivery_id: id, replay_of: of } of replayed) {
      console.log(printable(`${of} is sent again as ${id}`));
    }
    const rest = answer['has_more'] === true ? ', and there are more' : '';
    console.log(`sent again: ${replayed.length}${rest}`);
  }
  return answer['has_more'] === true ? 1 : 0;
}
