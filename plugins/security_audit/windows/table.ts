/**
 * Azure Monitor's table `SecurityEvent` (reference of 2022-09), the columns that a host can fill.
 *
 * @module
 */
import { column, type Table, table } from "../../../sdk/mod.ts";
import { EVENT_LEAVES, SYSTEM_COLUMNS } from "../../../sdk/read/event_fields.ts";

/** Columns of text, in the reference's order. */
const TEXTS = (
  "AccessMask Account AccountDomain AccountExpires AccountName AccountSessionIdentifier " +
  "AccountType Activity AdditionalInfo AdditionalInfo2 AllowedToDelegateTo Attributes " +
  "AuditPolicyChanges AuthenticationPackageName AuthenticationProvider AuthenticationServer " +
  "AuthenticationType CACertificateHash CalledStationID CallerProcessId CallerProcessName " +
  "CallingStationID CAPublicKeyHash CategoryId CertificateDatabaseHash Channel ClassId " +
  "ClassName ClientAddress ClientIPAddress ClientName CommandLine CompatibleIds DCDNSName " +
  "DeviceDescription DeviceId DisplayName Disposition DomainBehaviorVersion DomainName " +
  "DomainPolicyChanged DomainSid EAPType ElevatedToken EventData EventSourceName " +
  "ExtendedQuarantineState FailureReason FileHash FilePath FilePathNoUser Filter ForceLogoff " +
  "Fqbn FullyQualifiedSubjectMachineName FullyQualifiedSubjectUserName GroupMembership HandleId " +
  "HardwareIds HomeDirectory HomePath InterfaceUuid IpAddress IpPort Level LmPackageName " +
  "LocationInformation LockoutDuration LockoutObservationWindow LockoutThreshold LoggingResult " +
  "LogonGuid LogonHours LogonID LogonProcessName LogonTypeName MachineAccountQuota " +
  "MachineInventory MachineLogon MandatoryLabel MaxPasswordAge MemberName MemberSid " +
  "MinPasswordAge MinPasswordLength MixedDomainMode NASIdentifier NASIPv4Address NASIPv6Address " +
  "NASPort NASPortType NetworkPolicyName NewDate NewMaxUsers NewProcessId NewProcessName " +
  "NewRemark NewShareFlags NewTime NewUacValue NewValue NewValueType ObjectName ObjectServer " +
  "ObjectType ObjectValueName OemInformation OldMaxUsers OldRemark OldShareFlags OldUacValue " +
  "OldValue OldValueType OperationType PackageName ParentProcessName PasswordHistoryLength " +
  "PasswordLastSet PasswordProperties PreviousDate PreviousTime PrimaryGroupId " +
  "PrivateKeyUsageCount PrivilegeList Process ProcessId ProcessName ProfilePath Properties " +
  "ProtocolSequence ProxyPolicyName QuarantineHelpURL QuarantineSessionID " +
  "QuarantineSessionIdentifier QuarantineState QuarantineSystemHealthResult RelativeTargetName " +
  "RemoteIpAddress RemotePort Requester RequestId RestrictedAdminMode RowsDeleted " +
  "SamAccountName ScriptPath SecurityDescriptor ServiceAccount ServiceFileName ServiceName " +
  "ServiceType SessionName ShareLocalPath ShareName SidHistory SourceComputerId Status " +
  "SubcategoryGuid SubcategoryId Subject SubjectAccount SubjectDomainName SubjectKeyIdentifier " +
  "SubjectLogonId SubjectMachineName SubjectMachineSID SubjectUserName SubjectUserSid SubStatus " +
  "TableId TargetAccount TargetDomainName TargetInfo TargetLinkedLogonId TargetLogonGuid " +
  "TargetLogonId TargetOutboundDomainName TargetOutboundUserName TargetServerName TargetSid " +
  "TargetUser TargetUserName TargetUserSid TemplateContent TemplateDSObjectFQDN " +
  "TemplateInternalName TemplateOID TemplateSchemaVersion TemplateVersion TokenElevationType " +
  "TransmittedServices UserAccountControl UserParameters UserPrincipalName UserWorkstations " +
  "VendorIds VirtualAccount Workstation WorkstationName"
).split(" ");

/** Columns of whole numbers. */
const INTS =
  ("AuditsDiscarded AuthenticationLevel AuthenticationService ErrorCode EventID KeyLength " +
    "LogonType ServiceStartType Task").split(" ");

/** Names of accounts that no event has as a field of that name. */
const ACCOUNTS = new Set([
  "Account",
  "AccountName",
  "SubjectAccount",
  "TargetAccount",
  "TargetUser",
]);
const SIDS = new Set(["DomainSid", "SubjectMachineSID", "MemberSid"]);
const PUBLIC = new Set(
  ("AccountType Activity EventSourceName Level LogonTypeName EAPType AuthenticationType " +
    "NASPort NASPortType NewShareFlags OldShareFlags NewUacValue OldUacValue OperationType " +
    "UserAccountControl LoggingResult ServiceType MandatoryLabel RestrictedAdminMode FileHash " +
    "MinPasswordLength MinPasswordAge MaxPasswordAge PasswordHistoryLength LockoutThreshold " +
    "LockoutDuration LockoutObservationWindow RemotePort PrimaryGroupId").split(" "),
);
const SYSTEM = new Set(
  // Properties of 4662: rights and attributes, by their GUIDs.
  ("Properties Channel CategoryId SubcategoryId CallerProcessId DomainName AccountDomain LogonID " +
    "SubjectMachineName SourceComputerId").split(" "),
);

/** A column, its class by name: what nobody has classed is free text. */
function textColumn(name: string) {
  const leaf = EVENT_LEAVES[name];
  if (ACCOUNTS.has(name)) {
    return column.string({ class: "personal", kind: "user", optional: true });
  }
  if (SIDS.has(name)) return column.string({ class: "personal", kind: "sid", optional: true });
  if (PUBLIC.has(name)) return column.string({ class: "public", optional: true });
  if (SYSTEM.has(name)) return column.string({ class: "system", optional: true });
  return column.string({ class: "content", ...leaf, optional: true });
}

export const securityEvent: Table = table({
  doc: "One event of the Security log of Windows",
  time: "TimeGenerated",
  priority: "audit",
  columns: {
    TimeGenerated: column.time({ class: "public", optional: true }),
    Computer: column.string({ class: "system", optional: true }),
    ...Object.fromEntries(
      INTS.map((name) => [name, column.int({ class: "public", optional: true })]),
    ),
    ...Object.fromEntries(TEXTS.map((name) => [name, textColumn(name)])),
    EventRecordId: column.string({ class: "system", optional: true, doc: "Number within the log" }),
    ...SYSTEM_COLUMNS,
    AdditionalFields: column.dynamic({
      class: "content",
      optional: true,
      leaves: EVENT_LEAVES,
      doc: "Fields without a column of their own, by their names",
    }),
  },
});

/** Fields of events that have a column of their name. */
export const TEXT_FIELDS: ReadonlySet<string> = new Set(TEXTS);
export const INT_FIELDS: ReadonlySet<string> = new Set(INTS);
