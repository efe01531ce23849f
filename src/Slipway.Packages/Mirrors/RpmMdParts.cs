namespace Slipway.Packages.Mirrors;

/// <summary>The parts of an rpm-md repository that a solver needs.</summary>
public static class RpmMdParts
{
    internal static readonly string[] Solved = ["primary", "filelists"];

    /// <summary>As a verified repomd.xml names them.</summary>
    public static IEnumerable<(string Location, Checksum Checksum, long Size)> Of(byte[] repomd) =>
        Solved.Select(type => RpmUpstreamIndex.Part(repomd, type)).OfType<(string, Checksum, long)>();
}
