import { describe, expect, it } from 'vitest';
import { sidRefusal } from './sid-parameter.ts';

const messageOf = (given: string): string => sidRefusal(given, 'ConductorSid', ['CN']).message;

describe('The refusal of a SID', () => {
  it('names the kind that is expected when a placeholder is of another', () => {
    const message = messageOf(`AP${'X'.repeat(32)}`);

    expect(message).toContain('of the wrong kind: an Application SID');
    expect(message).toContain('ConductorSid takes a Conductor SID (CN…).');
  });

  it('asks for the own SID when a placeholder is of the right kind', () => {
    expect(messageOf(`CN${'X'.repeat(32)}`)).toContain('put the SID of your own Conductor');
  });

  it('names the kind that is expected when a malformed text begins like another', () => {
    expect(messageOf('AP123')).toContain('ConductorSid takes a Conductor SID (CN…).');
  });

  it('says only what is malformed when the kind is right', () => {
    expect(messageOf('CN123')).not.toContain('takes');
  });
});
