namespace Slipway.Packages.Rpm;

/// <summary>Numbers of header entries, as rpm's documentation lists them.</summary>
internal enum RpmTag
{
    SignatureDsa = 267, SignatureRsa = 268, LongArchiveSize = 271, HeaderSha256 = 273, SignatureOpenPgp = 278, HeaderSha3 = 279,
    Name = 1000, Version, Release, Epoch, Summary, Description, BuildTime, BuildHost,
    Size = 1009, Vendor = 1011, License = 1014, Packager, Group, Url = 1020, Architecture = 1022,
    FileSizes = 1028, FileModes = 1030, FileDevices = 1033, FileTimes, FileDigests, FileLinkTargets, FileFlags,
    FileUsers = 1039, FileGroups, SourceRpm = 1044, ArchiveSize = 1046,
    ProvideName = 1047, RequireFlags, RequireName, RequireVersion,
    ConflictFlags = 1053, ConflictName, ConflictVersion,
    ChangelogTime = 1080, ChangelogName, ChangelogText, ObsoleteName = 1090, FileDeviceIds = 1095, FileInodes = 1096, SourcePackage = 1106,
    ProvideFlags = 1112, ProvideVersion, ObsoleteFlags, ObsoleteVersion, DirectoryIndexes, BaseNames, DirectoryNames,
    PayloadFormat = 1124,
    LongFileSizes = 5008, LongSize, FileCapabilities, FileDigestAlgorithm,
    RecommendName = 5046, RecommendVersion, RecommendFlags, SuggestName, SuggestVersion, SuggestFlags,
    SupplementName, SupplementVersion, SupplementFlags, EnhanceName, EnhanceVersion, EnhanceFlags,
    PayloadSha256 = 5092, PayloadSha256Algorithm, PayloadSize = 5112, PayloadSizeUncompressed, Format,
    SourceNevr = 5120, PayloadSha512, PayloadSha3 = 5123,
}

/// <summary>The same number means other things in the signature header.</summary>
internal enum RpmSignatureTag { Pgp = 1002, Gpg = 1005, PayloadSize = 1007 }
