import { createSocket } from 'node:dgram';
import dns from 'node:dns';

/** A record of a zone; SRV and NAPTR are all that is asked for. */
export type DnsRecord =
  | { readonly type: 'SRV'; readonly name: string; readonly data: Srv }
  | { readonly type: 'NAPTR'; readonly name: string; readonly data: Naptr };

interface Srv {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

interface Naptr {
  readonly order: number;
  readonly preference: number;
  readonly service: string;
  readonly replacement: string;
}

const TYPES = { SRV: 33, NAPTR: 35 } as const;

/** A name server of this process for as long as it is open: RFC 1035 §4.1, RFC 2782, RFC 3403. */
export async function serveDns(records: readonly DnsRecord[]): Promise<AsyncDisposable> {
  const before = dns.getServers();
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const { name, type, end } = questionOf(query);
    const found = records.filter((each) => each.name === name && TYPES[each.type] === type);
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(found.length > 0 ? 0x8180 : 0x8183, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(found.length, 6);
    const answers = found.map((record) => {
      const data = dataOf(record);
      const head = Buffer.alloc(10);
      head.writeUInt16BE(type, 0);
      head.writeUInt16BE(1, 2);
      head.writeUInt32BE(60, 4);
      head.writeUInt16BE(data.length, 8);
      return Buffer.concat([nameBytes(name), head, data]);
    });
    socket.send(
      Buffer.concat([header, query.subarray(12, end), ...answers]),
      from.port,
      from.address,
    );
  });
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  dns.setServers([`127.0.0.1:${socket.address().port}`]);
  return {
    [Symbol.asyncDispose]: async () => {
      dns.setServers(before);
      await new Promise<void>((resolve) => {
        socket.close(resolve);
      });
    },
  };
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = query[at] ?? 0;
    at += 1;
    if (length === 0) break;
    labels.push(query.toString('latin1', at, at + length).toLowerCase());
    at += length;
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at), end: at + 4 };
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([...labels.map(text), Buffer.from([0])]);
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value, 'latin1')]);
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, 2 * index);
  return bytes;
}

function dataOf(record: DnsRecord): Buffer {
  if (record.type === 'SRV') {
    const { priority, weight, port, target } = record.data;
    return Buffer.concat([numbers(priority, weight, port), nameBytes(target)]);
  }
  const { order, preference, service, replacement } = record.data;
  const fields = [text('s'), text(service), text(''), nameBytes(replacement)];
  return Buffer.concat([numbers(order, preference), ...fields]);
}
