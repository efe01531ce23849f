using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>The two files that tell a device which version is the newest (format 1.1). Content must be complete before they are
/// switched.</summary>
public static class VersionPointers
{
    /// <summary>Writes version/latest_version and version/format/latest below <paramref name="root"/>, each with its signature where
    /// one can be made. Pointers that are right already stay as they are, and so does one that names a newer version: an older
    /// version that is made again leads no device back.</summary>
    public static void Write(string root, uint version, int format, Func<ReadOnlyMemory<byte>, byte[]>? sign, Action<string>? warn = null)
    {
        var directory = Path.Combine(root, "version");
        Write(Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"format{format}"), "latest"), version, sign, warn);
        Write(Path.Combine(directory, "latest_version"), version, sign, warn);
    }

    private static void Write(string file, uint version, Func<ReadOnlyMemory<byte>, byte[]>? sign, Action<string>? warn)
    {
        if (File.Exists(file) && uint.TryParse(File.ReadAllText(file), NumberStyles.None, CultureInfo.InvariantCulture, out var there) && there > version)
        {
            warn?.Invoke($"{file} stays at version {there}, which is newer than {version}");
            return;
        }

        // No line end: some readers take eleven bytes and all of them.
        var text = Encoding.ASCII.GetBytes(version.ToString(CultureInfo.InvariantCulture));
        var signature = file + ".sig";
        if (File.Exists(file) && File.ReadAllBytes(file).AsSpan().SequenceEqual(text) && File.Exists(signature) == sign is not null) return;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var signed = sign?.Invoke(text);
        if (signed is null) File.Delete(signature);
        else AtomicFile.Write(signature, signed);
        AtomicFile.Write(file, text);
    }
}
