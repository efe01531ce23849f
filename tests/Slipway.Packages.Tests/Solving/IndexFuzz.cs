using System.Globalization;
using Slipway.Content;

namespace Slipway.Packages.Tests.Solving;

/// <summary>A process that feeds damaged indexes to libsolv's parsers, which may take it down.</summary>
internal static class IndexFuzz
{
    public const string Current = "current";
    public const string Counts = "counts";
    public static readonly string[] Seeds = ["seed.deb", "seed.xml", "seed.db", "files.xml"];

    /// <param name="place">Holds the seeds; the input that is being read is always there too.</param>
    /// <param name="arguments">The first round and their number.</param>
    public static void Run(string place, string[] arguments)
    {
        var (from, count) = (int.Parse(arguments[0], null), int.Parse(arguments[1], null));
        var seeds = Seeds.Select(name => (Name: name, Bytes: File.ReadAllBytes(Path.Combine(place, name)))).ToArray();
        var (loaded, refused) = (0, 0);
        for (var round = from; round < from + count; round++)
        {
            var (name, bytes) = seeds[round % seeds.Length];
            var damaged = new Mutation(round).Of(bytes, seeds[(round * 7 + 1) % seeds.Length].Bytes);
            File.WriteAllBytes(Path.Combine(place, Current), damaged);
            if (Read(place, name, damaged)) loaded++;
            else refused++;
        }
        File.WriteAllText(Path.Combine(place, Counts), string.Create(CultureInfo.InvariantCulture, $"{loaded} {refused}"));
    }

    /// <summary>False where it is refused clearly. Anything else is a finding.</summary>
    public static bool Read(string place, string name, byte[] index)
    {
        try
        {
            using var pool = new SolverPool(name switch { "seed.deb" => PackageType.Deb, "seed.db" => PackageType.Pacman, _ => PackageType.Rpm }, name == "seed.deb" ? "amd64" : "x86_64");
            if (name == "seed.deb") pool.AddDebIndex("damaged", Write(place, "Packages", index));
            else if (name == "seed.db") pool.AddPacmanDatabase("damaged", Write(place, "damaged.db", index));
            else pool.AddRpmMd("damaged", RpmMd(place, name, index));
            pool.Resolve(["tool"]);
            return true;
        }
        catch (SlipwayException error)
        {
            Assert.True(error.Why.Length is > 0 and < 2000, error.Why);
            return false;
        }
    }

    // The digests are those of the damaged text, else it would not be looked at.
    private static string RpmMd(string place, string name, byte[] index)
    {
        var directory = Directory.CreateDirectory(Path.Combine(place, "rpmmd", "repodata")).FullName;
        var whole = File.ReadAllBytes(Path.Combine(place, "seed.xml"));
        var parts = name == "seed.xml" ? new[] { ("primary", index) } : [("primary", whole), ("filelists", index)];
        foreach (var (type, bytes) in parts) File.WriteAllBytes(Path.Combine(directory, type + ".xml"), bytes);
        File.WriteAllText(Path.Combine(directory, "repomd.xml"), "<repomd xmlns=\"http://linux.duke.edu/metadata/repo\">"
            + string.Concat(parts.Select(part => $"<data type=\"{part.Item1}\"><checksum type=\"sha256\">{Digest.Of(part.Item2)}</checksum><location href=\"repodata/{part.Item1}.xml\"/></data>")) + "</repomd>");
        return Path.GetDirectoryName(directory)!;
    }

    private static string Write(string place, string name, byte[] index)
    {
        var file = Path.Combine(place, name);
        File.WriteAllBytes(file, index);
        return file;
    }
}
