/**
 * The rules that every hub starts with. A file in the hub's `rules` folder whose rule has the same
 * id takes the place of one.
 *
 * @module
 */

/**
 * As a rule file.
 *
 * Failed logons are counted by host and address: at a console the address is `-` on every host.
 */
export const DEFAULT_RULES = `
- id: iis-password-guessing
  title: Many refused logins from one address on IIS
  severity: high
  detector: threshold
  table: W3CIISLog
  where:
    - { column: scStatus, op: eq, value: 401 }
  entity: [cIP]
  count: 10
  within: 60s
  show: [cIP_Category, csMethod, csUriStem, csUserName, sSiteName]

- id: ssh-password-guessing
  title: Many wrong SSH passwords on one host
  severity: high
  detector: threshold
  table: Syslog
  where:
    - { column: ProcessName, op: startswith, value: sshd }
    - { column: SyslogMessage, op: startswith, value: Failed password }
  entity: [HostName]
  count: 8
  within: 60s

- id: new-user-agent
  title: A user agent that IIS has never seen
  severity: low
  detector: first_seen
  table: W3CIISLog
  entity: [csUserAgent]
  learn: { events: 5000, for: 1h }
  show: [cIP, csUriStem]

- id: new-process
  title: A process that has never written to syslog
  severity: low
  detector: first_seen
  table: Syslog
  entity: [ProcessName]
  learn: { events: 5000, for: 1h }
  show: [HostName, Facility]

- id: new-message
  title: A program writes a kind of message that it has never written
  severity: low
  detector: template_new
  learn: { events: 5000, for: 1d }
  show: [HostName, Facility, SeverityLevel]

- id: counter-anomaly
  title: A performance counter is unusual for its host
  severity: low
  detector: anomaly
  sensitivity: low
  where:
    - column: ObjectName
      op: in
      value: [Processor, Memory, System, LogicalDisk, Logical Disk, PhysicalDisk, Physical Disk, Network, Network Interface, Network Adapter]
  show: [CounterPath]

- id: password-spraying
  title: One address fails to log on as many users
  severity: high
  detector: spread
  table: SecurityEvent
  where:
    - { column: EventID, op: in, value: [4625, 4771] }
  entity: [Computer, IpAddress]
  over: TargetUserName
  count: 10
  within: 10m
  show: [LogonType, IpAddress_Category]

- id: windows-password-guessing
  title: Many failed logons on Windows from one address
  severity: high
  detector: threshold
  table: SecurityEvent
  where:
    - { column: EventID, op: in, value: [4625, 4771] }
  entity: [Computer, IpAddress]
  count: 20
  within: 60s
  show: [TargetUserName, LogonType, IpAddress_Category]

- id: many-hosts
  title: One account logs on over the network at many hosts
  severity: medium
  detector: spread
  table: SecurityEvent
  where:
    - { column: EventID, op: eq, value: 4624 }
    - { column: LogonType, op: in, value: [3, 10] }
    - { column: TargetUserName, op: ne, value: ANONYMOUS LOGON }
  entity: [TargetUserName]
  over: Computer
  count: 15
  within: 10m
  show: [IpAddress, IpAddress_Category]

- id: call-quality
  title: Calls of one network and codec sound worse than they did
  severity: medium
  detector: anomaly
  table: QualityReport
  value: MosListening
  direction: down
  entity: [LocalIp_Net2, CodecName]
  show: [PacketLossRateAvg, JitterAvg]

- id: short-calls
  title: One number makes many calls that are answered and end at once
  severity: medium
  detector: threshold
  table: CallDetail
  where:
    - { column: DurationSeconds, op: gt, value: 0 }
    - { column: DurationSeconds, op: lt, value: 6 }
  entity: [Caller]
  count: 20
  within: 10m
  show: [GatewayName, Context]

- id: many-callees
  title: One number calls many others in a short time
  severity: medium
  detector: spread
  table: CallDetail
  entity: [Caller]
  over: Callee
  count: 40
  within: 10m
  show: [GatewayName, Context, Direction]

- id: call-seconds
  title: More call time over one gateway than this hour of the week is used to
  severity: high
  detector: rate
  table: CallDetail
  value: DurationSeconds
  every: 1h
  times: 4
  least: 3600
  entity: [GatewayName]
  show: [Caller, Context, Direction]

- id: new-gateway
  title: Calls by a gateway or dial plan that was never used
  severity: medium
  detector: first_seen
  table: CallDetail
  entity: [GatewayName, Context]
  learn: { events: 1000, for: 7d }
  show: [Caller, Callee]

- id: fewer-requests
  title: A web site gets far fewer requests than at this hour of the week
  severity: medium
  detector: rate
  table: W3CIISLog
  every: 10m
  direction: drop
  times: 5
  least: 100
  entity: [sSiteName]

- id: many-server-errors
  title: A web site answers with far more errors than at this hour of the week
  severity: medium
  detector: rate
  table: W3CIISLog
  where:
    - { column: scStatus, op: in, value: [500, 502, 503, 504] }
  every: 10m
  times: 5
  least: 50
  entity: [sSiteName]
  show: [csUriStem, scSubStatus]

- id: silent-source
  title: A source has fallen silent
  severity: medium
  detector: absence
  for: 5m
`;
