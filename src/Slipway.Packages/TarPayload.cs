using System.Globalization;
using Slipway.Content;

namespace Slipway.Packages;

/// <summary>A payload that is a tar archive.</summary>
internal static class TarPayload
{
    /// <summary>Hands out the members with plain relative names; the root directory and what <paramref name="skip"/> takes for itself are left out.</summary>
    public static void Read(Stream tar, Action<TarEntry, Stream?> onEntry, Func<BytePath, Stream, bool>? skip = null)
    {
        using var reader = new TarReader(tar);
        while (reader.Next() is { } entry)
        {
            var name = entry.Name.Relative;
            if (name.HasParentComponent) throw new PackageFormatException($"the payload's `{name}` leads out of the package");
            if (name.IsEmpty || skip?.Invoke(name, reader.Content) == true) continue;
            var plain = entry with { Name = name };
            if (entry.Type == NodeType.HardLink)
            {
                plain = plain with { LinkTarget = entry.LinkTarget.Relative };
                if (plain.LinkTarget.HasParentComponent) throw new PackageFormatException($"the payload's `{name}` is a hard link out of the package");
            }
            onEntry(plain, entry.Type == NodeType.Regular ? reader.Content : null);
        }
    }

    public static IReadOnlyList<PackagedFile> Files(Stream tar, Func<BytePath, Stream, bool>? skip = null)
    {
        var files = new List<PackagedFile>();
        Read(tar, (entry, _) => files.Add(new PackagedFile(
            BytePath.From("/").Join(entry.Name), entry.Type, entry.Mode, Owner(entry.Uid), Owner(entry.Gid), entry.Size, "", entry.LinkTarget, entry.ModifiedUnix)), skip);
        return files;
    }

    private static string Owner(uint id) => id == 0 ? "root" : id.ToString(CultureInfo.InvariantCulture);
}
