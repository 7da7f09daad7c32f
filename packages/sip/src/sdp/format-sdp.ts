import { refuseLineBreak } from '../message/params.ts';
import type { SdpAttribute, SdpConnection, SessionDescription } from './session-description.ts';

/** Writes a session description. @throws TypeError when a value holds a line break. */
export function formatSdp(session: SessionDescription): string {
  const { origin } = session;
  const lines = [
    'v=0',
    `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${origin.addressType} ${origin.address}`,
    `s=${session.name}`,
    ...connectionLines(session.connection),
    ...session.bandwidths.map((value) => `b=${value}`),
    `t=${session.timing}`,
    ...session.attributes.map(attributeLine),
  ];
  for (const media of session.media) {
    lines.push(
      `m=${media.type} ${media.port} ${[media.protocol, ...media.formats].join(' ')}`,
      ...connectionLines(media.connection),
      ...media.bandwidths.map((value) => `b=${value}`),
      ...media.attributes.map(attributeLine),
    );
  }
  for (const line of lines) refuseLineBreak(line, 'SDP');
  return `${lines.join('\r\n')}\r\n`;
}

function connectionLines(connection: SdpConnection | undefined): readonly string[] {
  return connection === undefined ? [] : [`c=IN ${connection.addressType} ${connection.address}`];
}

function attributeLine(attribute: SdpAttribute): string {
  return attribute.value === undefined
    ? `a=${attribute.name}`
    : `a=${attribute.name}:${attribute.value}`;
}
