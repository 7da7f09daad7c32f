import { runServer, type Env } from '@tutti/server';
import { readArguments } from '../arguments.ts';
import { CommandError } from '../command-error.ts';
import { readSettings } from '../read-settings.ts';
import { toldInOneLine } from '../told-in-one-line.ts';

/** Flags stand for TUTTI_… variables and go before them. */
export async function start(args: string[]): Promise<number> {
  const { values } = readArguments(
    args,
    {
      port: { type: 'string' },
      'sip-port': { type: 'string' },
      host: { type: 'string' },
      data: { type: 'string' },
      ephemeral: { type: 'boolean' },
      strict: { type: 'boolean' },
      json: { type: 'boolean' },
    },
    'start',
  );
  const flags: Env = {
    ...(values.port === undefined ? {} : { TUTTI_PORT: values.port }),
    ...(values['sip-port'] === undefined ? {} : { TUTTI_SIP_PORT: values['sip-port'] }),
    ...(values.host === undefined ? {} : { TUTTI_HOST: values.host }),
    ...(values.data === undefined ? {} : { TUTTI_DATA: values.data }),
    ...(values.ephemeral === true ? { TUTTI_EPHEMERAL: 'true' } : {}),
    ...(values.strict === true ? { TUTTI_STRICT: 'true' } : {}),
  };
  const config = readSettings(flags);
  try {
    await runServer({
      config,
      json: values.json === true,
      out: (line) => console.log(line),
    });
  } catch (error) {
    throw startError(error, config.port, config.sipPort);
  }
  return 0;
}

function startError(error: unknown, port: number, sipPort: number): unknown {
  if (!(error instanceof Error)) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  const sip = error.name === 'SipTransportError';
  // Its settings are variables only, and its message names them or the port.
  if (sip && error.message.includes('TLS')) return new CommandError(`${error.message}.`);
  const what = sip ? `SIP port ${sipPort}` : `port ${port}`;
  const flag = sip ? '--sip-port' : '--port';
  if (code === 'EADDRINUSE') {
    return new CommandError(
      `${what} is in use by another program. Stop it, or choose another with ${flag} N (0 picks a free one).`,
    );
  }
  if (sip || syscall === 'listen' || syscall === 'getaddrinfo') {
    return new CommandError(
      `cannot listen on ${what}: ${error.message}. Choose another with ${flag} N, or another address with --host.`,
    );
  }
  return toldInOneLine(error);
}
