/** Python packages that are called otherwise than what is imported of them, by the module's first name in lower case. */
const distributions: Readonly<Record<string, readonly string[]>> = {
  attr: ['attrs'],
  bs4: ['beautifulsoup4'],
  cairo: ['pycairo'],
  crypto: ['pycryptodome', 'pycrypto'],
  cryptodome: ['pycryptodomex'],
  cv2: ['opencv-python', 'opencv-python-headless', 'opencv-contrib-python', 'opencv-contrib-python-headless'],
  dateutil: ['python-dateutil'],
  discord: ['discord-py', 'py-cord'],
  docx: ['python-docx'],
  dotenv: ['python-dotenv'],
  engineio: ['python-engineio'],
  faiss: ['faiss-cpu', 'faiss-gpu'],
  fitz: ['pymupdf'],
  git: ['gitpython'],
  github: ['pygithub'],
  gi: ['pygobject'],
  google: ['protobuf'],
  grpc: ['grpcio'],
  grpc_tools: ['grpcio-tools'],
  grpc_health: ['grpcio-health-checking'],
  grpc_reflection: ['grpcio-reflection'],
  grpc_status: ['grpcio-status'],
  jose: ['python-jose'],
  jwt: ['pyjwt'],
  kafka: ['kafka-python', 'kafka-python-ng'],
  ldap: ['python-ldap'],
  magic: ['python-magic'],
  memcache: ['python-memcached'],
  mpl_toolkits: ['matplotlib'],
  mysqldb: ['mysqlclient'],
  nacl: ['pynacl'],
  openssl: ['pyopenssl'],
  pil: ['pillow'],
  pkg_resources: ['setuptools'],
  pptx: ['python-pptx'],
  psycopg2: ['psycopg2-binary'],
  pylab: ['matplotlib'],
  pythoncom: ['pywin32'],
  rest_framework: ['djangorestframework'],
  ruamel: ['ruamel-yaml'],
  serial: ['pyserial'],
  skimage: ['scikit-image'],
  sklearn: ['scikit-learn'],
  slugify: ['python-slugify'],
  socketio: ['python-socketio'],
  telegram: ['python-telegram-bot'],
  usb: ['pyusb'],
  websocket: ['websocket-client'],
  win32api: ['pywin32'],
  win32com: ['pywin32'],
  win32con: ['pywin32'],
  wx: ['wxpython'],
  xdist: ['pytest-xdist'],
  yaml: ['pyyaml', 'ruamel-yaml'],
  zmq: ['pyzmq'],
}

/** Names, as `normalized` has them, under which a package may be declared of which a module is imported. */
export function distributionsOf(module: string): readonly string[] {
  const [first = module] = module.split('.')
  return [normalized(first), ...(distributions[first.toLowerCase()] ?? [])]
}

/** Names of Python packages are equal whatever their case and separators. */
export function normalized(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}
