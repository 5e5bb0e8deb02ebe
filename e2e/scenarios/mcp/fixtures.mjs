/** What the protocol's conformance suite calls: a server that is not ours, for our transport. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  CreateMessageResultSchema,
  ElicitResultSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'

/** One red pixel. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
/** No sound. */
const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA='

const text = (words) => ({ type: 'text', text: words })
const answer = (...content) => ({ content })
const none = { type: 'object', properties: {} }
const oneText = (name) => ({ type: 'object', properties: { [name]: { type: 'string' } }, required: [name] })

const elicited = (kind) => (result) =>
  answer(text(`${kind}: action=${result.action}, content=${JSON.stringify(result.content ?? {})}`))

const ask = (extra, message, requestedSchema) =>
  extra.sendRequest({ method: 'elicitation/create', params: { message, requestedSchema } }, ElicitResultSchema)

/** Tools by name: their schema, and what a call does. */
const tools = {
  test_simple_text: [none, () => answer(text('This is a simple text response for testing.'))],
  test_image_content: [none, () => answer({ type: 'image', data: png, mimeType: 'image/png' })],
  test_audio_content: [none, () => answer({ type: 'audio', data: wav, mimeType: 'audio/wav' })],
  test_embedded_resource: [
    none,
    () =>
      answer({
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      }),
  ],
  test_multiple_content_types: [
    none,
    () =>
      answer(
        text('Multiple content types test:'),
        { type: 'image', data: png, mimeType: 'image/png' },
        {
          type: 'resource',
          resource: {
            uri: 'test://mixed-content-resource',
            mimeType: 'application/json',
            text: JSON.stringify({ test: 'data', value: 123 }),
          },
        },
      ),
  ],
  test_tool_with_logging: [
    none,
    async (_, extra) => {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data } })
        await sleep(50)
      }
      return answer(text('logged'))
    },
  ],
  test_error_handling: [
    none,
    () => ({ isError: true, content: [text('This tool intentionally returns an error for testing')] }),
  ],
  test_tool_with_progress: [
    none,
    async (_, extra) => {
      const progressToken = extra._meta?.progressToken
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined) {
          await extra.sendNotification({
            method: 'notifications/progress',
            params: { progressToken, progress, total: 100 },
          })
        }
        await sleep(50)
      }
      return answer(text('done'))
    },
  ],
  test_sampling: [
    oneText('prompt'),
    async ({ prompt }, extra) => {
      const params = { messages: [{ role: 'user', content: text(prompt) }], maxTokens: 100 }
      const { content } = await extra.sendRequest(
        { method: 'sampling/createMessage', params },
        CreateMessageResultSchema,
      )
      return answer(text(`LLM response: ${content.type === 'text' ? content.text : ''}`))
    },
  ],
  test_elicitation: [
    oneText('message'),
    async ({ message }, extra) =>
      elicited('User response')(
        await ask(extra, message, {
          type: 'object',
          properties: {
            username: { type: 'string', description: "User's response" },
            email: { type: 'string', description: "User's email address" },
          },
          required: ['username', 'email'],
        }),
      ),
  ],
  test_elicitation_sep1034_defaults: [
    none,
    async (_, extra) =>
      elicited('Elicitation completed')(
        await ask(extra, 'Defaults', {
          type: 'object',
          properties: {
            name: { type: 'string', default: 'John Doe' },
            age: { type: 'integer', default: 30 },
            score: { type: 'number', default: 95.5 },
            status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
            verified: { type: 'boolean', default: true },
          },
        }),
      ),
  ],
  test_elicitation_sep1330_enums: [
    none,
    async (_, extra) => {
      const titled = (...titles) => titles.map((title, at) => ({ const: `value${at + 1}`, title }))
      return elicited('Elicitation completed')(
        await ask(extra, 'Enums', {
          type: 'object',
          properties: {
            untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
            titledSingle: { type: 'string', oneOf: titled('First Option', 'Second Option', 'Third Option') },
            legacyEnum: {
              type: 'string',
              enum: ['opt1', 'opt2', 'opt3'],
              enumNames: ['Option One', 'Option Two', 'Option Three'],
            },
            untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
            titledMulti: { type: 'array', items: { anyOf: titled('First Choice', 'Second Choice', 'Third Choice') } },
          },
        }),
      )
    },
  ],
  json_schema_2020_12_tool: [
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: {
        address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } },
      },
      properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
      additionalProperties: false,
    },
    () => answer(text('ok')),
  ],
  test_reconnection: [
    none,
    async (_, extra) => {
      await sleep(100)
      extra.closeSSEStream?.()
      await sleep(100)
      return answer(text('Reconnection test completed successfully'))
    },
  ],
}

const resources = {
  'test://static-text': ['text/plain', { text: 'This is the content of the static text resource.' }],
  'test://static-binary': ['image/png', { blob: png }],
  'test://watched-resource': ['text/plain', { text: 'Watched.' }],
}

const prompts = {
  test_simple_prompt: [[], () => [text('This is a simple prompt for testing.')]],
  test_prompt_with_arguments: [
    ['arg1', 'arg2'],
    ({ arg1, arg2 }) => [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  ],
  test_prompt_with_embedded_resource: [
    ['resourceUri'],
    ({ resourceUri }) => [
      {
        type: 'resource',
        resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
      },
      text('Please process the embedded resource above.'),
    ],
  ],
  test_prompt_with_image: [
    [],
    () => [{ type: 'image', data: png, mimeType: 'image/png' }, text('Please analyze the image above.')],
  ],
}

export function fixtureServer() {
  const server = new Server(
    { name: 'fixtures', version: '0.0.0' },
    { capabilities: { tools: {}, resources: { subscribe: true }, prompts: {}, logging: {}, completions: {} } },
  )
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.entries(tools).map(([name, [inputSchema]]) => ({ name, description: name, inputSchema })),
  }))
  server.setRequestHandler(CallToolRequestSchema, ({ params }, extra) => {
    const [, act] = tools[params.name] ?? []
    if (act === undefined) throw new Error(`no tool ${params.name}`)
    return act(params.arguments ?? {}, extra)
  })
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: Object.entries(resources).map(([uri, [mimeType]]) => ({ uri, name: uri, description: uri, mimeType })),
  }))
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'template', mimeType: 'application/json' }],
  }))
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1]
    const [mimeType, content] =
      id === undefined
        ? resources[uri]
        : ['application/json', { text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }]
    return { contents: [{ uri, mimeType, ...content }] }
  })
  for (const schema of [SubscribeRequestSchema, UnsubscribeRequestSchema, SetLevelRequestSchema]) {
    server.setRequestHandler(schema, () => ({}))
  }
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: Object.entries(prompts).map(([name, [names]]) => ({
      name,
      description: name,
      arguments: names.map((each) => ({ name: each, required: true })),
    })),
  }))
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => ({
    messages: prompts[params.name][1](params.arguments ?? {}).map((content) => ({ role: 'user', content })),
  }))
  server.setRequestHandler(CompleteRequestSchema, () => ({
    completion: { values: ['paris', 'park', 'party'], hasMore: false },
  }))
  return server
}
