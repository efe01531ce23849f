namespace Slipway.Messages.Tests;

/// <summary>Finds the checked-in vectors from wherever the tests run.</summary>
internal static class TestData
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    public static string[][] Table(string name) =>
        [.. File.ReadAllLines(Path.Combine(Root, name)).Skip(1).Select(line => line.Split('\t'))];

    public static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(Root, name));

    private static string Find(string directory)
    {
        for (var at = new DirectoryInfo(directory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, "tests", "testdata", "messages");
            if (Directory.Exists(candidate)) return candidate;
        }
        throw new DirectoryNotFoundException($"no tests/testdata/messages above {directory}");
    }
}
