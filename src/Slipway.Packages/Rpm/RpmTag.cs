namespace Slipway.Packages.Rpm;

/// <summary>Numbers of header entries, as rpm's documentation lists them.</summary>
internal enum RpmTag
{
    SignatureDsa = 267, SignatureRsa = 268, LongArchiveSize = 271, SignatureOpenPgp = 278,
    Name = 1000, Version, Release, Epoch, Summary, Description, BuildTime, BuildHost,
    Size = 1009, Vendor = 1011, License = 1014, Packager, Group, Url = 1020, Architecture = 1022,
    FileSizes = 1028, FileModes = 1030, FileDevices = 1033, FileTimes, FileDigests, FileLinkTargets, FileFlags,
    FileUsers = 1039, FileGroups, SourceRpm = 1044, ArchiveSize = 1046,
    ProvideName = 1047, RequireFlags, RequireName, RequireVersion,
    ConflictFlags = 1053, ConflictName, ConflictVersion,
    ChangelogTime = 1080, ChangelogName, ChangelogText, ObsoleteName = 1090, FileInodes = 1096,
    ProvideFlags = 1112, ProvideVersion, ObsoleteFlags, ObsoleteVersion, DirectoryIndexes, BaseNames, DirectoryNames,
    PayloadFormat = 1124,
    LongFileSizes = 5008, LongSize, FileCapabilities, FileDigestAlgorithm,
    RecommendName = 5046, RecommendVersion, RecommendFlags, SuggestName, SuggestVersion, SuggestFlags,
    SupplementName, SupplementVersion, SupplementFlags, EnhanceName, EnhanceVersion, EnhanceFlags,
}

/// <summary>The same number means other things in the signature header.</summary>
internal enum RpmSignatureTag { Pgp = 1002, Gpg = 1005, PayloadSize = 1007 }
