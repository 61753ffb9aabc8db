// Phones as their libraries make them, headless: each records knocks and syncs until all is home.
// Reads a plan as JSON from standard input, writes what each phone made and holds as JSON.
import { createRequire } from 'node:module'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'

const require = createRequire(import.meta.url)
const plan = JSON.parse(readFileSync(0, 'utf8'))
const pause = (ms) => new Promise((done) => setTimeout(done, ms))

function uuid7() {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes[6] = (bytes[6] & 0x0f) | 0x70
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [0, 8, 12, 16, 20, 32].slice(1).map((end, n) => hex.slice([0, 8, 12, 16, 20][n], end)).join('-')
}

async function ask(phone, path, options = {}) {
  const headers = { Authorization: `Bearer ${phone.token}`, 'Content-Type': 'application/json' }
  const answer = await fetch(plan.url + path, {
    ...options, headers, signal: AbortSignal.timeout(8000),
  })
  if (!answer.ok) throw new Error(`${answer.status} ${(await answer.text()).slice(0, 200)}`)
  return await answer.json()
}

function knock(phone, n) {
  const results = ['not_home', 'canvassed', 'refused', 'come_back', 'moved']
  return {
    id: uuid7(), kind: 'attempt', turf_id: phone.turf_id,
    door_id: phone.doors[(n * 7 + phone.number) % phone.doors.length],
    result: results[(n + phone.number) % results.length],
    occurred_at: Date.now() - 3_600_000 + n * 1000 + phone.skew_ms,
  }
}

async function watermelon(phone) {
  const { Database, Model, appSchema, tableSchema } = require('@nozbe/watermelondb')
  const { default: LokiJSAdapter } = require('@nozbe/watermelondb/adapters/lokijs')
  const { setGenerator } = require('@nozbe/watermelondb/utils/common/randomId')
  const { synchronize } = require('@nozbe/watermelondb/sync')
  const { LokiMemoryAdapter } = require('lokijs')
  setGenerator(uuid7)
  const text = (name) => ({ name, type: 'string', isOptional: true })
  const number = (name) => ({ name, type: 'number', isOptional: true })
  const yes = (name) => ({ name, type: 'boolean', isOptional: true })
  const columns = {
    contact_events: [
      'kind', 'turf_id', 'door_id', 'person_id', 'building_id', 'target_id', 'result', 'mark',
      'script_id', 'question', 'value', 'consent_wording', 'text', 'status', 'reason',
    ].map(text).concat(['occurred_at', 'script_version'].map(number)),
    doors: [
      'turf_id', 'building_id', 'street', 'house_number', 'unit', 'note', 'status', 'last_result',
    ].map(text).concat(['position', 'attempts_count'].map(number), [yes('do_not_contact')]),
    people: ['household_id', 'door_id', 'given_name', 'family_name', 'language'].map(text),
    turfs: ['name', 'pass_id', 'script_id', 'polygon'].map(text),
    scripts: ['name', 'introduction', 'questions'].map(text).concat([number('version')]),
    members: ['name', 'locale'].map(text),
    signups: ['role', 'state', 'title', 'place_name'].map(text).concat([number('starts_at')]),
  }
  const schema = appSchema({
    version: 1,
    tables: Object.entries(columns).map(([name, list]) => tableSchema({ name, columns: list })),
  })
  const modelClasses = Object.keys(columns).map((name) => class extends Model { static table = name })
  const adapter = new LokiJSAdapter({
    schema, dbName: `phone${phone.number}`, useWebWorker: false, useIncrementalIndexedDB: false,
    _testLokiAdapter: new LokiMemoryAdapter(),
  })
  const database = new Database({ adapter, modelClasses })
  const made = []
  let syncs = 0
  async function sync() {
    syncs += 1
    await synchronize({
      database,
      sendCreatedAsUpdated: true,
      pullChanges: async ({ lastPulledAt, schemaVersion, migration }) => {
        const asked = new URLSearchParams({
          last_pulled_at: String(lastPulledAt ?? null), schema_version: String(schemaVersion),
          migration: JSON.stringify(migration ?? null),
        })
        return await ask(phone, `/sync/watermelon?${asked}`)
      },
      pushChanges: async ({ changes, lastPulledAt }) => await ask(
        phone, `/sync/watermelon?last_pulled_at=${lastPulledAt}&sent_at=${Date.now() + phone.skew_ms}`,
        { method: 'POST', body: JSON.stringify(changes) },
      ),
    })
  }
  const events = database.get('contact_events')
  for (let n = 0; n < phone.knocks; n++) {
    const row = knock(phone, n)
    made.push(row)
    await database.write(async () => database.batch(events.prepareCreateFromDirtyRaw({
      ...row, _status: 'created', _changed: '',
    })))
    if (n % 5 === 4) await sync().catch(() => {})
  }
  const { hasUnsyncedChanges } = require('@nozbe/watermelondb/sync')
  async function settle() {
    for (let turn = 0; turn < 400; turn++) {
      try {
        await sync()
        if (!(await hasUnsyncedChanges({ database }))) return
      } catch { await pause(30) }
    }
    throw new Error('never settled')
  }
  return {
    made, settle,
    held: async () => {
      const doors = await database.get('doors').query().fetch()
      const left = await events.query().fetch()
      return {
        doors: Object.fromEntries(doors.map((door) => [door.id, {
          status: door._raw.status, attempts_count: door._raw.attempts_count,
        }])),
        events: left.map((one) => one.id), syncs,
      }
    },
  }
}

async function rxdb(phone) {
  const { createRxDatabase } = await import('rxdb/plugins/core')
  const { getRxStorageMemory } = await import('rxdb/plugins/storage-memory')
  const { replicateRxCollection } = await import('rxdb/plugins/replication')
  const text = { type: ['string', 'null'] }
  const whole = { type: ['number', 'null'] }
  const schema = (properties) => ({
    version: 0, primaryKey: 'id', type: 'object', additionalProperties: true,
    properties: { id: { type: 'string', maxLength: 60 }, ...properties }, required: ['id'],
  })
  const database = await createRxDatabase({
    name: `phone${phone.number}`, storage: getRxStorageMemory(), multiInstance: false,
  })
  const names = (list, kind) => Object.fromEntries(list.map((name) => [name, kind]))
  await database.addCollections({
    events: { schema: schema(names([
      'kind', 'turf_id', 'door_id', 'person_id', 'target_id', 'result', 'question', 'text',
      'occurred_at', 'status', 'reason',
    ], text)) },
    doors: { schema: schema({
      ...names(['building_id', 'street', 'house_number', 'unit', 'floor', 'postcode', 'city', 'note',
        'access_note', 'status', 'last_result', 'last_attempt_at', 'turf_id'], text),
      ...names(['lon', 'lat', 'attempts_count', 'position'], whole),
      do_not_contact: { type: ['boolean', 'null'] }, past: { type: 'array' },
    }) },
  })
  const states = ['events', 'doors'].map((collection) => replicateRxCollection({
    replicationIdentifier: `doorstep-${collection}`, collection: database[collection], live: true,
    retryTime: 30, waitForLeadership: false,
    pull: {
      batchSize: 500,
      handler: async (checkpoint) => await ask(
        phone, `/sync/rxdb/${collection}/pull?seq=${checkpoint?.seq ?? 0}`),
    },
    push: collection !== 'events' ? undefined : {
      batchSize: 20,
      handler: async (rows) => await ask(
        phone, `/sync/rxdb/events/push?sent_at=${Date.now() + phone.skew_ms}`,
        { method: 'POST', body: JSON.stringify(rows) }),
    },
  }))
  const made = []
  for (let n = 0; n < phone.knocks; n++) {
    const row = knock(phone, n)
    made.push(row)
    await database.events.insert({ ...row, occurred_at: new Date(row.occurred_at).toISOString() })
    await pause(5)
  }
  return {
    made,
    settle: async () => {
      for (const state of states) state.reSync()
      await Promise.all(states.map((state) => state.awaitInSync()))
    },
    held: async () => {
      const doors = await database.doors.find().exec()
      const left = await database.events.find().exec()
      return {
        doors: Object.fromEntries(doors.map((door) => [door.id, {
          status: door.status, attempts_count: door.attempts_count,
        }])),
        events: left.map((one) => one.id), syncs: 0,
      }
    },
  }
}

const engines = { watermelon, rxdb }
const phones = await Promise.all(plan.phones.map((phone) => engines[phone.engine](phone)))
await Promise.all(phones.map((phone) => phone.settle()))
// Everyone is done: once more, to hear of the last that the others sent.
await pause(plan.wait_ms)
await Promise.all(phones.map((phone) => phone.settle()))
await pause(200)
await Promise.all(phones.map((phone) => phone.settle()))
const told = await Promise.all(phones.map(async (phone, n) => ({
  number: plan.phones[n].number, made: phone.made, ...(await phone.held()),
})))
// The libraries write to standard output too; what counts is the last line.
process.stdout.write('\n' + JSON.stringify(told), () => process.exit(0))
