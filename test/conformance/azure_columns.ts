/**
 * Columns of tables that queries of the community ask: those of the documentation of Azure Monitor.
 * A name without a type is a string.
 *
 * @module
 */
import type { BoundColumn } from "../../hub/query/kql/syntax.ts";
import { scalarTypeOf } from "../../hub/query/kql/types.ts";

const COLUMNS: Readonly<Record<string, string>> = {
  Event: `
    AzureDeploymentID Computer EventCategory:int EventData EventID:int EventLevel:int
    EventLevelName EventLog ManagementGroupName Message ParameterXml RenderedDescription Role
    Source SourceSystem TimeGenerated:datetime Type UserName TenantId _ResourceId
    _SubscriptionId _BilledSize:real _IsBillable`,
  WindowsEvent: `
    Channel Computer Correlation EventData:dynamic EventID:int EventLevel:int EventLevelName
    EventOriginId EventRecordId Keywords ManagementGroupName Opcode Provider RawEventData
    SystemProcessId:int SystemThreadId:int SystemUserId Task:int TenantId
    TimeGenerated:datetime Type Version:int SourceSystem _ResourceId _SubscriptionId
    _BilledSize:real _IsBillable`,
  Syslog: `
    CollectorHostName Computer EventTime:datetime Facility HostIP HostName ProcessID:int
    ProcessName SeverityLevel SourceSystem SyslogMessage TimeGenerated:datetime Type TenantId
    _ResourceId _SubscriptionId _BilledSize:real _IsBillable`,
  Perf: `
    BucketEndTime:datetime BucketStartTime:datetime Computer CounterName CounterPath
    CounterValue:real InstanceName Max:real Min:real ObjectName SampleCount:int SourceSystem
    StandardDeviation:real TimeGenerated:datetime Type TenantId _ResourceId _SubscriptionId
    _BilledSize:real _IsBillable`,
  W3CIISLog: `
    cIP Computer csBytes:long csCookie csHost csMethod csReferer csUriQuery csUriStem
    csUserAgent csUserName csVersion scBytes:long scStatus scSubStatus scWin32Status sIP
    sPort:int sSiteName TimeTaken:long TimeGenerated:datetime Type SourceSystem
    RemoteIPCountry RemoteIPLatitude:real RemoteIPLongitude:real StorageAccount Severity:int
    Confidence Description FirstReportedDateTime IndicatorThreatType IsActive
    LastReportedDateTime MaliciousIP TLPLevel AzureDeploymentID Role RoleInstance
    ManagementGroupName TenantId _ResourceId _SubscriptionId _BilledSize:real _IsBillable`,
  SQLSecurityAuditEvents: `
    ActionId ActionName AdditionalInformation AffectedRows:long ApplicationName
    AuditSchemaVersion:int Category ClassType ClassTypeDescription ClientIp
    ClientTlsVersion:int ConnectionId DatabaseName DatabasePrincipalId:int
    DatabasePrincipalName DataSensitivityInformation DurationMs:long EventId
    EventTime:datetime HostName IsColumnPermission:bool IsServerLevelAudit:bool
    LogicalServerName ObjectId:int ObjectName PermissionBitmask ResourceGroup
    ResponseRows:long SchemaName SecurableClassType SequenceGroupId SequenceNumber:int
    ServerPrincipalId:int ServerPrincipalName ServerPrincipalSid SessionContext SessionId:int
    SessionServerPrincipalName Statement Succeeded:bool TargetDatabasePrincipalId:int
    TargetDatabasePrincipalName TargetServerPrincipalId:int TargetServerPrincipalName
    TargetServerPrincipalSid TransactionId:long UserDefinedEventId:int UserDefinedInformation
    TimeGenerated:datetime Type SourceSystem TenantId _ResourceId _SubscriptionId
    _BilledSize:real _IsBillable`,
  SecurityEvent: `
    TimeCollected:datetime
    AccessMask Account AccountDomain AccountExpires AccountName AccountSessionIdentifier
    AccountType Activity AdditionalInfo AdditionalInfo2 AllowedToDelegateTo Attributes
    AuditPolicyChanges AuditsDiscarded:int AuthenticationLevel:int AuthenticationPackageName
    AuthenticationProvider AuthenticationServer AuthenticationService:int AuthenticationType
    AzureDeploymentID CACertificateHash CalledStationID CallerProcessId CallerProcessName
    CallingStationID CAPublicKeyHash CategoryId CertificateDatabaseHash Channel ClassId
    ClassName ClientAddress ClientIPAddress ClientName CommandLine CompatibleIds Computer
    DCDNSName DeviceDescription DeviceId DisplayName Disposition DomainBehaviorVersion
    DomainName DomainPolicyChanged DomainSid EAPType ElevatedToken ErrorCode:int EventData
    EventID:int EventSourceName ExtendedQuarantineState FailureReason FileHash FilePath
    FilePathNoUser Filter ForceLogoff Fqbn FullyQualifiedSubjectMachineName
    FullyQualifiedSubjectUserName GroupMembership HandleId HardwareIds HomeDirectory HomePath
    InterfaceUuid IpAddress IpPort KeyLength:int Level LmPackageName LocationInformation
    LockoutDuration LockoutObservationWindow LockoutThreshold LoggingResult LogonGuid
    LogonHours LogonID LogonProcessName LogonType:int LogonTypeName MachineAccountQuota
    MachineInventory MachineLogon ManagementGroupName MandatoryLabel MaxPasswordAge
    MemberName MemberSid MinPasswordAge MinPasswordLength MixedDomainMode NASIdentifier
    NASIPv4Address NASIPv6Address NASPort NASPortType NetworkPolicyName NewDate NewMaxUsers
    NewProcessId NewProcessName NewRemark NewShareFlags NewTime NewUacValue NewValue
    NewValueType ObjectName ObjectServer ObjectType ObjectValueName OemInformation
    OldMaxUsers OldRemark OldShareFlags OldUacValue OldValue OldValueType OperationType
    PackageName ParentProcessName PasswordHistoryLength PasswordLastSet PasswordProperties
    PreviousDate PreviousTime PrimaryGroupId PrivateKeyUsageCount PrivilegeList Process
    ProcessId ProcessName ProfilePath Properties ProtocolSequence ProxyPolicyName
    QuarantineHelpURL QuarantineSessionID QuarantineSessionIdentifier QuarantineState
    QuarantineSystemHealthResult RelativeTargetName RemoteIpAddress RemotePort Requester
    RequestId RestrictedAdminMode RowsDeleted SamAccountName ScriptPath SecurityDescriptor
    ServiceAccount ServiceFileName ServiceName ServiceStartType:int ServiceType SessionName
    ShareLocalPath ShareName SidHistory SourceComputerId SourceSystem Status StorageAccount
    SubcategoryGuid SubcategoryId Subject SubjectAccount SubjectDomainName
    SubjectKeyIdentifier SubjectLogonId SubjectMachineName SubjectMachineSID SubjectUserName
    SubjectUserSid SubStatus TableId TargetAccount TargetDomainName TargetInfo
    TargetLinkedLogonId TargetLogonGuid TargetLogonId TargetOutboundDomainName
    TargetOutboundUserName TargetServerName TargetSid TargetUser TargetUserName TargetUserSid
    Task:int TemplateContent TemplateDSObjectFQDN TemplateInternalName TemplateOID
    TemplateSchemaVersion TemplateVersion TimeGenerated:datetime TokenElevationType
    TransmittedServices Type UserAccountControl UserParameters UserPrincipalName
    UserWorkstations VendorIds VirtualAccount Workstation WorkstationName TenantId
    _ResourceId _SubscriptionId _BilledSize:real _IsBillable`,
  Alert: `
    AlertContext AlertDescription AlertError AlertId AlertName AlertPriority AlertRuleId
    AlertRuleInstanceId AlertSeverity AlertState AlertStatus:int AlertTypeDescription
    AlertTypeNumber:int AlertValue:int Comments Computer Expression Flags:int
    FlagsDescription HostName LastModifiedBy LinkToSearchResults ManagementGroupName
    ObjectDisplayName PriorityNumber:int Query QueryExecutionEndTime:datetime
    QueryExecutionStartTime:datetime RemediationJobId RemediationRunbookName RepeatCount:int
    ResolvedBy ResourceId ResourceType ResourceValue RootObjectName ServiceDeskConnectionName
    ServiceDeskId ServiceDeskWorkItemLink ServiceDeskWorkItemType SourceDisplayName
    SourceFullName SourceSystem StateType StatusDescription TemplateId ThresholdOperator
    ThresholdValue:int TicketId TimeGenerated:datetime TimeLastModified:datetime
    TimeRaised:datetime TimeResolved:datetime TriggerId Type Url ValueDescription
    ValueFlags:int ValueFlagsDescription TenantId _ResourceId _SubscriptionId
    _BilledSize:real _IsBillable`,
  LAQueryLogs: `
    AADClientId AADEmail AADObjectId AADTenantId CorrelationId QueryText QueryThumbprint
    QueryTimeRangeStart:datetime QueryTimeRangeEnd:datetime RequestClientApp
    RequestContext:dynamic RequestContextFilters:dynamic RequestTarget ResponseCode:int
    ResponseDurationMs:real ResponseRowCount:int ScannedGB:real StatsCPUTimeMs:real
    StatsDataProcessedStart:datetime StatsDataProcessedEnd:datetime TimeGenerated:datetime
    ConditionalDataAccess IsBillableQuery:bool Type SourceSystem TenantId _ResourceId
    _SubscriptionId _BilledSize:real _IsBillable`,
  AuditLogs: `
    AADOperationType AADTenantId ActivityDisplayName Category CorrelationId DurationMs Id
    Identity Level Location LoggedByService OperationName OperationVersion Resource
    ResourceGroup ResourceId ResourceProvider Result ResultDescription ResultReason
    ResultSignature ResultType SourceSystem TenantId Type AdditionalDetails:dynamic
    InitiatedBy:dynamic TargetResources:dynamic ActivityDateTime:datetime
    TimeGenerated:datetime _ResourceId _SubscriptionId _BilledSize:real _IsBillable`,
  CommonSecurityLog: `
    Activity AdditionalExtensions ApplicationProtocol CollectorHostName
    CommunicationDirection Computer DestinationDnsDomain DestinationHostName DestinationIP
    DestinationMACAddress DestinationNTDomain DestinationProcessName DestinationServiceName
    DestinationTranslatedAddress DestinationUserID DestinationUserName
    DestinationUserPrivileges DeviceAction DeviceAddress DeviceCustomDate1
    DeviceCustomDate1Label DeviceCustomFloatingPoint1Label DeviceCustomIPv6Address1
    DeviceCustomNumber1Label DeviceCustomNumber2Label DeviceCustomNumber3Label
    DeviceCustomString1 DeviceCustomString1Label DeviceCustomString2 DeviceCustomString2Label
    DeviceCustomString3 DeviceCustomString3Label DeviceCustomString4 DeviceCustomString4Label
    DeviceCustomString5 DeviceCustomString5Label DeviceCustomString6 DeviceCustomString6Label
    DeviceDnsDomain DeviceEventCategory DeviceEventClassID DeviceExternalID DeviceFacility
    DeviceInboundInterface DeviceMacAddress DeviceName DeviceNtDomain DeviceOutboundInterface
    DevicePayloadId DeviceProduct DeviceTimeZone DeviceTranslatedAddress DeviceVendor
    DeviceVersion EventOutcome ExternalID ExtID FileCreateTime FileHash FileID
    FileModificationTime FileName FilePath FilePermission FileType FlexNumber1Label
    FlexNumber2Label FlexString1 FlexString1Label FlexString2 FlexString2Label
    IndicatorThreatType LogSeverity MaliciousIP MaliciousIPCountry Message OldFileCreateTime
    OldFileHash OldFileID OldFileModificationTime OldFileName OldFilePath OldFilePermission
    OldFileType OriginalLogSeverity ProcessName Protocol Reason ReceiptTime RemoteIP
    RemotePort ReportReferenceLink RequestClientApplication RequestContext RequestCookies
    RequestMethod RequestURL SimplifiedDeviceAction SourceDnsDomain SourceHostName SourceIP
    SourceMACAddress SourceNTDomain SourceProcessName SourceServiceName SourceSystem
    SourceTranslatedAddress SourceUserID SourceUserName SourceUserPrivileges TenantId
    ThreatConfidence ThreatDescription Type DestinationPort:int DestinationProcessId:int
    DestinationTranslatedPort:int DeviceCustomNumber1:int DeviceCustomNumber2:int
    DeviceCustomNumber3:int EventCount:int EventType:int FileSize:int FlexNumber1:int
    FlexNumber2:int OldFileSize:int ProcessID:int SourcePort:int SourceProcessId:int
    SourceTranslatedPort:int ThreatSeverity:int SentBytes:long ReceivedBytes:long
    FieldDeviceCustomNumber1:long DeviceCustomFloatingPoint1:real MaliciousIPLatitude:real
    MaliciousIPLongitude:real StartTime:datetime EndTime:datetime TimeGenerated:datetime
    _ResourceId _SubscriptionId _BilledSize:real _IsBillable`,
  Heartbeat: `
    Category Computer ComputerEnvironment ComputerIP ComputerPrivateIPs ManagementGroupName
    OSMajorVersion OSMinorVersion OSName OSType RemoteIPCountry Resource ResourceGroup
    ResourceId ResourceProvider ResourceType SCAgentChannel Solutions SourceComputerId
    SourceSystem SubscriptionId TenantId Type Version VMUUID _ResourceId
    IsGatewayInstalled:bool RemoteIPLatitude:real RemoteIPLongitude:real
    TimeGenerated:datetime _SubscriptionId _BilledSize:real _IsBillable`,
  InsightsMetrics: `
    AgentId Computer Name Namespace Origin SourceSystem Tags TenantId Type _ResourceId
    Val:real TimeGenerated:datetime _SubscriptionId _BilledSize:real _IsBillable`,
  Usage: `
    BillableUnit Computer DataType LinkedMeterId LinkedResourceUri MeterId QuantityUnit
    ResourceUri Solution SourceSystem TenantId Type AvgLatencyInSeconds:real
    BatchesOutsideSla:real BatchesWithinSla:real Quantity:real IsBillable:bool
    EndTime:datetime StartTime:datetime TimeGenerated:datetime _ResourceId _SubscriptionId
    _BilledSize:real _IsBillable`,
  SQLAssessmentRecommendation: `
    ActionArea AffectedObjectName AffectedObjectType AffectedObjectUniqueName AssessmentId
    AssessmentName Computer DatabaseName Description FocusArea RecommendationId
    RecommendationResult SqlInstanceName Technology Type RecommendationScore:real
    RecommendationWeight:real RecommendationPeriod:datetime TimeGenerated:datetime
    SourceSystem TenantId _ResourceId _SubscriptionId _BilledSize:real _IsBillable`,
  WindowsFirewall: `
    CommunicationDirection Computer Confidence Description DestinationIP FirewallAction
    FullDestinationAddress FullSourceAddress IndicatorThreatType MaliciousIP Protocol
    RemoteIP Severity SourceIP TLPLevel Type _ItemId _ResourceId ReportReferenceLink Info
    DestinationPort:int SourcePort:int TimeGenerated:datetime SourceSystem TenantId
    _SubscriptionId _BilledSize:real _IsBillable`,
};

/** The columns of each table. */
export function azureColumns(): ReadonlyMap<string, readonly BoundColumn[]> {
  return new Map(
    Object.entries(COLUMNS).map(([table, text]) => [
      table,
      text.trim().split(/\s+/).map((column): BoundColumn => {
        const [name = "", type = "string"] = column.split(":");
        return { name, type: scalarTypeOf(type) ?? "string" };
      }),
    ]),
  );
}
