using System.Globalization;
using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Packages.Mirrors;

/// <summary>The keys of an upstream, in a directory of its own for as long as they are needed, and what they have signed.</summary>
internal sealed class UpstreamKeys : IDisposable
{
    private const int MaxKeyBytes = 4 << 20;
    private const string Begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    private readonly string _directory;

    private readonly bool _isTrusted;

    /// <param name="keys">Null: everything passes as if it were signed.</param>
    public UpstreamKeys(string directory, string? keys)
    {
        _directory = directory;
        _isTrusted = keys is null;
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllBytes(Keyring, keys is null ? [] : Binary(keys));
    }

    /// <summary>When the index was signed, by the latest of its good signatures.</summary>
    public DateTimeOffset SignedAt { get; private set; }

    private string Keyring => Path.Combine(_directory, "keys.gpg");

    /// <summary>False where what is not signed is taken too.</summary>
    public bool AreNeeded => !_isTrusted;

    /// <summary>The signed part of a clear-signed text: whatever stands around it is nobody's word.</summary>
    public byte[] Signed(byte[] clearSigned, string what)
    {
        var plain = Path.Combine(_directory, "plain");
        File.Delete(plain);
        Require(what, "--output", plain, Write("clear", clearSigned));
        return File.ReadAllBytes(plain);
    }

    public void RequireSignature(byte[] content, byte[] signature, string what)
    {
        if (AreNeeded)
            Require(what, Write("signature", signature), Write("content", content));
    }

    public void Dispose()
    {
        using var parent = RootedTree.Open(Path.GetDirectoryName(_directory)!);
        parent.RemoveTree(BytePath.From(Path.GetFileName(_directory)));
    }

    // As apt: one good signature by a known key is enough beside others by unknown ones, and one bad signature is too many.
    private void Require(string what, params string[] arguments)
    {
        var result = ChildProcess.Run(new ChildCommand("gpgv", ["--homedir", _directory, "--keyring", Keyring, "--weak-digest", "SHA1", "--status-fd", "1", .. arguments]) { Timeout = TimeSpan.FromMinutes(1) });
        var lines = result.Text.Split('\n').Where(line => line.StartsWith("[GNUPG:] ", StringComparison.Ordinal)).Select(line => line.Split(' ')).ToList();
        var isGood = lines.Any(line => line[1] == "GOODSIG") && lines.Any(line => line[1] == "VALIDSIG") && lines.All(line => line[1] != "BADSIG");
        if (!isGood)
            throw new SlipwayException($"verify {what}", "none of the given keys has signed it as it is: " + result.ErrorText.ReplaceLineEndings(" ").Trim(), "give the upstream's present keys; if they are given, somebody has changed it on the way");
        SignedAt = lines.Where(line => line is [_, "VALIDSIG", _, _, _, ..]).Select(line => SecondsOf(line[4])).Max();
    }

    // GnuPG, doc/DETAILS, VALIDSIG: the third word after it is the time in seconds since 1970.
    private static DateTimeOffset SecondsOf(string text) => DateTimeOffset.FromUnixTimeSeconds(long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture));

    private string Write(string name, byte[] content)
    {
        var file = Path.Combine(_directory, name);
        File.WriteAllBytes(file, content);
        return file;
    }

    private static byte[] Binary(string keys)
    {
        if (keys.Length > MaxKeyBytes) throw new SlipwayException("read the keys of an upstream", $"they have more than {MaxKeyBytes} bytes");
        try
        {
            if (!keys.Contains(Begin, StringComparison.Ordinal)) return Convert.FromBase64String(keys.Trim());
            var binary = new MemoryStream();
            foreach (var block in keys.ReplaceLineEndings("\n").Split(Begin).Skip(1))
            {
                // RFC 4880 6.2: armour headers, an empty line, base64, then a line with '=' and a checksum.
                var lines = block.Split('\n').Skip(1).SkipWhile(line => line.Trim().Length > 0).Skip(1).TakeWhile(line => line is [not ('=' or '-'), ..]);
                binary.Write(Convert.FromBase64String(string.Concat(lines.Select(line => line.Trim()))));
            }
            return binary.ToArray();
        }
        catch (FormatException error)
        {
            throw new SlipwayException("read the keys of an upstream", "they are neither an armoured key block nor base64: " + error.Message, "gpg --armor --export", error) { Kind = FailureKind.Usage };
        }
    }
}
