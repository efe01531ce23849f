using System.Xml.Linq;
using Slipway.Content;

namespace Slipway.Server.Tests.Repositories;

/// <summary>A client that takes everything an index names, more quickly and more strictly than the real ones.</summary>
internal sealed class SnapshotReader(HttpClient http)
{
    private readonly HashSet<string> _seen = [];

    /// <summary>How many different states it has read.</summary>
    public int Seen => _seen.Count;

    public async Task RpmAsync()
    {
        var snapshot = (await http.GetStringAsync("/torture/rpm/mirrorlist")).Trim();
        var repomd = await http.GetStringAsync(snapshot + "repodata/repomd.xml");
        _seen.Add(repomd);
        Assert.StartsWith("-----BEGIN PGP SIGNATURE-----", await http.GetStringAsync(snapshot + "repodata/repomd.xml.asc"), StringComparison.Ordinal);
        foreach (var part in Elements(XDocument.Parse(repomd), "data"))
        {
            var location = part.Elements().Single(one => one.Name.LocalName == "location").Attribute("href")!.Value;
            var content = await http.GetByteArrayAsync(snapshot + location);
            Assert.Equal(part.Elements().First(one => one.Name.LocalName == "checksum").Value, Digest.Of(content).ToString());
            if (part.Attribute("type")!.Value != "primary") continue;
            await using var plain = Compressor.DecompressDetected(new MemoryStream(content));
            foreach (var package in Elements(await XDocument.LoadAsync(plain, LoadOptions.None, default), "package"))
            {
                var file = await http.GetByteArrayAsync(snapshot + package.Elements().Single(one => one.Name.LocalName == "location").Attribute("href")!.Value);
                Assert.Equal(package.Elements().Single(one => one.Name.LocalName == "checksum").Value, Digest.Of(file).ToString());
            }
        }
    }

    public async Task AptAsync()
    {
        const string Dist = "/torture/bookworm/dists/bookworm/";
        var release = await http.GetStringAsync(Dist + "InRelease");
        _seen.Add(release);
        Assert.StartsWith("-----BEGIN PGP SIGNED MESSAGE-----", release, StringComparison.Ordinal);
        foreach (var line in release.Split('\n').SkipWhile(line => line != "SHA256:").Skip(1).TakeWhile(line => line.StartsWith(' ')))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var directory = fields[2][..fields[2].LastIndexOf('/')];
            var content = await http.GetByteArrayAsync($"{Dist}{directory}/by-hash/SHA256/{fields[0]}");
            Assert.Equal(fields[0], Digest.Of(content).ToString());
            if (!fields[2].EndsWith("/Packages", StringComparison.Ordinal)) continue;
            foreach (var stanza in System.Text.Encoding.UTF8.GetString(content).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
            {
                var values = stanza.Split('\n').Select(field => field.Split(": ", 2)).Where(field => field.Length == 2).ToDictionary(field => field[0], field => field[1]);
                Assert.Equal(values["SHA256"], Digest.Of(await http.GetByteArrayAsync("/torture/bookworm/" + values["Filename"])).ToString());
            }
        }
    }

    private static IEnumerable<XElement> Elements(XDocument document, string name) => document.Root!.Elements().Where(one => one.Name.LocalName == name);
}
