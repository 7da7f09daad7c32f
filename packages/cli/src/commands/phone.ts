import { createInterface } from 'node:readline';
import { Phone, PhoneError } from '@tutti/testkit';
import { readArguments } from '../arguments.ts';
import { CommandError } from '../command-error.ts';
import { Telephone } from '../phone/telephone.ts';
import { printable } from '../printable.ts';
import { askFor, findServer } from '../server-access.ts';

/** A telephone in the terminal: rings, answers, hears, keys and plays, by SIP and RTP. */
export async function phone(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(
    args,
    {
      dial: { type: 'string' },
      play: { type: 'string' },
      record: { type: 'string' },
      'auto-answer': { type: 'boolean' },
      sip: { type: 'string' },
      data: { type: 'string' },
    },
    'phone',
    1,
  );
  const [number] = positionals;
  if (number === undefined) throw new CommandError('which number? tutti phone +15557654321', 2);
  const server = await findServer(values.data);
  // The server says by which SIP address it is reached.
  const sip = values.sip ?? String((await askFor(server, '/v1/Server'))['sip']);
  const stopped = stopSignal();
  const terminal = createInterface({ input: process.stdin, terminal: false });
  const telephone = new Telephone({
    autoAnswer: values['auto-answer'] === true,
    play: values.play,
    record: values.record,
    print: (line) => console.log(line),
  });
  try {
    const line = await Phone.open({
      number,
      server: sip,
      credentials: { username: server.accountSid, password: server.authToken },
      onIncoming: (ringing) => telephone.ring(ringing),
    });
    telephone.plugIn(line);
    console.log(`${number} is open at ${line.uri}; calls to it ring here. ? for help, q to quit`);
    // At the end of piped input it goes on answering.
    const quit = new Promise<void>((resolve) => {
      terminal.on('line', (text) => {
        if (text.trim() === 'q') resolve();
        else void telephone.obey(text.trim());
      });
    });
    const over = Promise.race([stopped, quit]);
    if (values.dial === undefined) await over;
    else await Promise.race([over, telephone.dial(values.dial).then(() => over)]);
    return 0;
  } catch (error) {
    if (error instanceof PhoneError) throw new CommandError(printable(error.message));
    throw error;
  } finally {
    terminal.close();
    await telephone.close();
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
}
