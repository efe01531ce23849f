using Slipway.Content;

namespace Slipway.Packages.Rpm;

internal static class RpmReader
{
    public static PackageRecord Read(Stream file) => throw new NotImplementedException();
    public static IReadOnlyList<PackagedFile> Files(Stream file) => throw new NotImplementedException();
    public static void ReadContent(Stream file, Action<TarEntry, Stream?> onEntry) => throw new NotImplementedException();
}
