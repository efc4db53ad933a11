import { describe, expect, it } from 'vitest';
import {
  challengePath,
  claimIdTag,
  claimPath,
  claimRefusalStatuses,
  commandTopic,
  envPath,
  mqttPath,
  passwordPath,
  replyTopic,
  topicPaths,
  topicRoot,
} from '../../src/cloud/wire.ts';
import { readRecording } from '../standin/cloud/recording.ts';

const recording = await readRecording('agent-1.37.1-claim-and-link');
const id = '1d39de1a-e4ce-11f1-aeea-02fc00000001';
const requestLines = recording.filter(({ k }) => k === 'HTTP-REQ').map(({ raw = '' }) => raw.split(' HTTP/1.1')[0]);

describe('the wire', () => {
  it('has the paths that a real agent asked for, in their order', () => {
    expect(requestLines.slice(0, 5)).toEqual([
      `PUT ${claimPath(id)}`,
      `GET ${envPath}?v=1.37.1&cap=proto,ctx&claim_id=${id}`,
      `GET ${challengePath(id)}`,
      `POST ${passwordPath(id)}`,
      `GET ${mqttPath}`,
    ]);
  });

  it('begins its topic list with the twenty that took a real agent online', () => {
    const answer = recording.find(({ s }) => s === '201 Created password')?.raw?.split('\r\n\r\n')[1] ?? '';
    const ours = Object.entries(topicPaths).map(([name, path]) => ({ name, topic: topicRoot(claimIdTag) + path }));
    expect(ours.slice(0, 20)).toEqual(JSON.parse(answer).topics);
  });

  it('adds the three topics that agents demand from 1.39 on', () => {
    expect(Object.keys(topicPaths).slice(20)).toEqual(['alarm-log-v2', 'alarm-checkpoint', 'alarm-snapshot-v2']);
  });

  it('gives each topic a path of its own', () => {
    expect(new Set(Object.values(topicPaths)).size).toBe(23);
  });

  it('sends commands and takes replies where the recorded Cloud did', () => {
    const published = recording
      .filter(({ k, s = '' }) => k?.startsWith('MQTT-') && s.startsWith('PUBLISH'))
      .map(({ s = '' }) => s.split(' ')[1]);
    expect(published).toContain(`topic=${commandTopic(id, 'SendNodeInstances')}`);
    expect(published).toContain(`topic=${commandTopic(id, 'CreateNodeInstanceResult')}`);
    expect(published).toContain(`topic=${commandTopic(id, 'DisconnectReq')}`);
    expect(published).toContain(`topic=${replyTopic(id, '5814f6ba-a13b-461a-8ccd-124a2dea858a')}`);
  });

  it('lists the refusals of a claim with the statuses that the agent source knows', () => {
    expect(claimRefusalStatuses).toMatchObject({
      ErrForbidden: 403,
      ErrAlreadyClaimed: 409,
      ErrInvalidRoomID: 422,
      ErrServiceUnavailable: 503,
    });
  });
});
