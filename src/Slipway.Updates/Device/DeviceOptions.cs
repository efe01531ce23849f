namespace Slipway.Updates.Device;

/// <summary>Which root a device operation works on, and where its content comes from.</summary>
public sealed record DeviceOptions
{
    /// <summary>The root directory of the device, for example / or a mounted image.</summary>
    public required string Path { get; init; }

    /// <summary>Where content is: http(s):// or file://. Unset: what the root's swupd defaults say.</summary>
    public string? ContentUrl { get; init; }

    /// <summary>Where version pointers are: http(s):// or file://. Unset: what the root's swupd defaults say, else the content URL.</summary>
    public string? VersionUrl { get; init; }

    /// <summary>A channel below the version URL. Unset: the version URL itself.</summary>
    public string? Channel { get; init; }

    /// <summary>The trust root as a PEM file. Unset: the certificate in the root, where swupd keeps it.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Where the device keeps its state and cache. Unset: var/lib/swupd in the root.</summary>
    public string? StateDirectory { get; init; }

    /// <summary>The format the device reads, or "staging" for any. Unset: what the root says, else any.</summary>
    public string? Format { get; init; }

    /// <summary>The device's id in roll-outs and reports. Unset: one is made and kept in the state directory.</summary>
    public string? DeviceId { get; init; }

    /// <summary>The groups this device belongs to in roll-outs.</summary>
    public IReadOnlyList<string> Cohorts { get; init; } = [];

    /// <summary>The server that takes reports, and the stream they belong to. Unset: no report is sent.</summary>
    public DeviceReporting? Reporting { get; init; }

    /// <summary>False refuses an operation that meets a damaged pack or delta; true takes the content in another form and warns.</summary>
    public bool TolerateDamage { get; init; }

    /// <summary>How many downloads and file checks run at a time.</summary>
    public int Jobs { get; init; } = 4;

    /// <summary>Limits of one download.</summary>
    public TransferLimits Transfer { get; init; } = new();

    /// <summary>Hears what is being done; unset: nobody.</summary>
    public Action<DeviceProgress>? Progress { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>Where reports of a device go.</summary>
/// <param name="ServerUrl">The server's base URL.</param>
/// <param name="Stream">The stream's name.</param>
public sealed record DeviceReporting(string ServerUrl, string Stream);

/// <summary>Limits of one download.</summary>
public sealed record TransferLimits
{
    /// <summary>How often a download that broke off is tried again.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>The pause before the first new try; it doubles up to <see cref="LongestPause"/>.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause between two tries.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a connection, an answer or the next bytes may take.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>What a device operation is doing: the step in words, and how much of it is done.</summary>
/// <param name="Step">The step.</param>
/// <param name="Done">How many of <paramref name="Total"/> are done.</param>
/// <param name="Total">How many there are; 0 when that is not known.</param>
public readonly record struct DeviceProgress(string Step, long Done, long Total);
