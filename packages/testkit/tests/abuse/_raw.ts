import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';

const ANSWER_MS = 5000;

/** Opens a connection that tells of no error: the other side may do with it what it likes. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return socket;
}

/** An answer of the server, as it stood on the wire. */
export interface RawAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends bytes and reads until the server closes the connection; all its answers. */
export async function sendRaw(url: string, bytes: string | Buffer): Promise<RawAnswer[]> {
  const socket = await openSocket(Number(new URL(url).port));
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      const so = Buffer.concat(chunks).toString('latin1').slice(0, 500);
      reject(new Error(`The connection was not closed within ${ANSWER_MS} ms. So far: ${so}`));
    }, ANSWER_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.once('end', () => socket.end());
  });
  return readAnswers(Buffer.concat(chunks).toString('latin1'));
}

function readAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; rest !== '';) {
    const [head = '', ...bodies] = rest.split('\r\n\r\n');
    const [first = '', ...lines] = head.split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    );
    const length = Number(headers['content-length'] ?? 0);
    const after = bodies.join('\r\n\r\n');
    answers.push({ status: Number(first.split(' ')[1]), headers, body: after.slice(0, length) });
    rest = after.slice(length);
  }
  return answers;
}

/** It is a refusal with Twilio's error JSON. */
export function expectRefusal(answer: RawAnswer | undefined, status: number): void {
  expect(answer).toMatchObject({
    status,
    headers: { 'content-type': expect.stringContaining('application/json') },
  });
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({
    code: expect.any(Number),
    message: expect.stringMatching(/\S/),
    more_info: expect.stringMatching(/^https?:/),
    status,
  });
}
