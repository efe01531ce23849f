using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Column 1 of a record; the values are its characters.</summary>
public enum RecordType : byte
{
    /// <summary>Not known: the file is deleted or ghosted.</summary>
    Unset = (byte)'.',
    File = (byte)'F',
    Directory = (byte)'D',
    Link = (byte)'L',
    Manifest = (byte)'M',
}

/// <summary>Column 2 of a record; the values are its characters.</summary>
public enum RecordStatus : byte
{
    Present = (byte)'.',
    Deleted = (byte)'d',

    /// <summary>Gone from the release, but a device keeps what it has (kernels that may be running).</summary>
    Ghosted = (byte)'g',

    /// <summary>A bundle in the MoM that is not for general use.</summary>
    Experimental = (byte)'e',
}

/// <summary>Column 4 of a record; the values are its characters.</summary>
public enum RecordMark : byte
{
    None = (byte)'.',

    /// <summary>A program that a third-party bundle offers to the user's path.</summary>
    Exported = (byte)'x',

    /// <summary>An old marker of mixed content; kept where it was read.</summary>
    Mixed = (byte)'m',
}

/// <summary>One line of a manifest's body: a path, or in the MoM a bundle.</summary>
public sealed record ManifestRecord(
    RecordType Type,
    RecordStatus Status,
    Modifier Modifier,
    RecordMark Mark,
    SwupdHash Hash,
    uint Version,
    BytePath Name)
{
    /// <summary>True when devices are to have it.</summary>
    public bool IsPresent => Status is RecordStatus.Present or RecordStatus.Experimental;
}
