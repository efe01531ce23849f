using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>A package's stanza in apt's Packages.</summary>
internal static class AptEntry
{
    private static readonly HashSet<string> Ours = new(StringComparer.OrdinalIgnoreCase) { "Filename", "Size", "MD5sum", "SHA1", "SHA256", "SHA512" };

    public static byte[] Stanza(PackageRecord record, FileDigests older, Digest digest, string path)
    {
        var stanza = new StringBuilder();
        foreach (var (key, value) in record.Fields)
        {
            // What the archive says of the file, the package cannot say of itself.
            if (Ours.Contains(key)) continue;
            if (value.Split('\n').Skip(1).Any(line => line.Length == 0 || line[0] is not (' ' or '\t')))
                throw new SlipwayException($"package {record.Name} {record.Version}", $"its control field {key} has a line that ends the stanza", "build the package again");
            stanza.Append(key).Append(value.StartsWith('\n') ? ":" : ": ").Append(value).Append('\n');
        }
        stanza.Append($"Filename: {path}\nSize: {record.Size}\nMD5sum: {older.Md5}\nSHA1: {older.Sha1}\nSHA256: {digest}\nSHA512: {older.Sha512}\n\n");
        return Encoding.UTF8.GetBytes(stanza.ToString());
    }
}
