import { spawnSync } from 'node:child_process'
import { mustBeRoot, mustHave, Skipped } from './stage.mjs'
import { plainEnvironment, startProcess } from './workspace.mjs'

const service = '10.231.18.1'
let networks = 0

export function ip(...args) {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Skipped(`ip ${args.join(' ')}: ${stderr.trim()}`)
}

/**
 * Machines by the kernel's lights: network namespaces with a cable each to one in the middle, which serves at `service`.
 * All of it is gone when the row is over.
 *
 * @param {readonly string[]} names host names of the machines
 */
export function makeNetwork(stage, names) {
  mustBeRoot('make a network namespace')
  mustHave('ip', 'iproute2')
  networks += 1
  const id = `${process.pid}-${networks}`
  const middle = `conduct-${id}`
  const inMiddle = (...args) => ip('-n', middle, ...args)
  const make = (namespace) => {
    stage.atEnd(() => {
      spawnSync('ip', ['netns', 'delete', namespace])
    })
    ip('netns', 'add', namespace)
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
  }
  make(middle)
  inMiddle('address', 'add', `${service}/32`, 'dev', 'lo')

  const hosts = names.map((name, at) => {
    const namespace = `${middle}-${name}`
    const address = `10.231.18.${10 + at}`
    const cable = `cable${at}`
    make(namespace)
    inMiddle('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'cable', 'netns', namespace)
    ip('-n', namespace, 'address', 'add', `${address}/32`, 'dev', 'cable')
    ip('-n', namespace, 'link', 'set', 'cable', 'up')
    ip('-n', namespace, 'route', 'add', service, 'dev', 'cable', 'src', address)
    const connect = () => {
      inMiddle('link', 'set', cable, 'up')
      inMiddle('route', 'add', address, 'dev', cable)
    }
    connect()
    return {
      name,
      /** Goes in front of a program that is to run on this machine. */
      program: ['ip', 'netns', 'exec', namespace, 'unshare', '--uts', 'sh', '-c', 'hostname "$0"; exec "$@"', name],
      /** From now on every packet from and to this machine vanishes. */
      cut: () => inMiddle('link', 'set', cable, 'down'),
      mend: connect,
    }
  })
  return {
    service,
    hosts,
    /** Starts a server in the middle; resolves when it says that it is ready. */
    async serve(file, args, ready) {
      const server = startProcess('ip', ['netns', 'exec', middle, file, ...args], {
        cwd: stage.folder,
        env: plainEnvironment(),
      })
      stage.atEnd(() => server.killGroup('SIGKILL'))
      await server.until(ready)
    },
  }
}
