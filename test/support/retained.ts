// The topics of which a broker keeps what was said last.
import { connectAsync } from 'mqtt'

/** What is kept comes right after a subscription, and so before whatever is published after it. */
export async function retainedAt(mqttUrl: string): Promise<string[]> {
  const client = await connectAsync(mqttUrl, { protocolVersion: 5 })
  const heard: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  client.on('message', (topic, _payload, { retain }) => {
    if (topic === 'test/fence') resolve()
    else if (retain) heard.push(topic)
  })
  await client.subscribeAsync(['fabroute/v1/#', 'test/fence'], { qos: 1 })
  await client.publishAsync('test/fence', 'now', { qos: 1 })
  await promise
  await client.endAsync()
  return heard
}
